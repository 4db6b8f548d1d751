"""Routes of what the engine may run: roles with their agents' health, workflow templates; and a summary of its work."""

from fastapi import APIRouter

from app.engine.api import reads
from app.engine.api.context import Api, Caller
from app.engine.api.tenancy import tenant_transaction
from contract.api import API_PREFIX, Roles, RoleView, Summary, Templates, TemplateView

ROUTES = APIRouter(prefix=API_PREFIX, tags=["catalogue"])


@ROUTES.get("/roles")
async def roles(api: Api) -> Roles:
    """Every role, and whether its agent answers (probed at most every three seconds)."""
    health = await api.probes.look()
    return Roles(
        items=tuple(
            RoleView(
                id=role_id,
                title=pinned.role.title,
                purpose=pinned.role.purpose,
                digest=pinned.digest,
                tools=pinned.role.tools,
                hand_offs=pinned.role.hand_offs,
                agent=health.get(role_id),
            )
            for role_id, pinned in sorted(api.catalogue.roles().items())
        )
    )


@ROUTES.get("/templates")
async def templates(api: Api) -> Templates:
    """Every workflow template that can be submitted by name."""
    return Templates(
        items=tuple(
            TemplateView(
                name=name,
                title=template.title,
                description=template.description,
                roles=tuple(dict.fromkeys(step.role for step in template.steps)),
                steps=tuple(step.id for step in template.steps),
                input_schema=template.input_schema,
            )
            for name, template in sorted(api.catalogue.templates().items())
        )
    )


@ROUTES.get("/summary")
async def summary(api: Api, caller: Caller) -> Summary:
    """The tenant's workflows counted by status."""
    async with tenant_transaction(api.pool, caller.tenant) as connection:
        return await reads.summary(connection)
