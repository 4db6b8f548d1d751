"""docs/policies.md, written from the pack: ``python -m policy.reference > docs/policies.md``."""

from contract.annotations import POLICY_EXEMPT, PRIVILEGED_BECAUSE
from contract.tags import EXEMPT_TAG
from policy.images import AWAITING_DIGEST
from policy.pack import EXEMPTIONS, THEMES
from policy.rules import ResourceRule, Rule, description

HEAD = f"""# Policies

Written by `python -m policy.reference > docs/policies.md`; a test compares it with the pack.

`pulumi preview --policy-pack policy` checks every stack. Each policy is mandatory, and each message names the resource,
what is wrong and how to comply. A policy *of a resource* refuses before that resource is made. A policy *of the stack*
looks at all resources together, after a preview or an update: so run the preview first, always. What a preview does not
know yet is checked at the update.

What a stack says about itself is read from what it makes: `environment` and `residency` from its outputs or its
ConfigMaps (`mcp-global-config`, `region-config`), `protection` from the lock. A stack that does not say it is `local`
counts as shared, and a shared one without the lock as protected.

## Exemptions

An object for which a policy cannot hold says so itself, with the policy's name and a reason:

| on | write |
|---|---|
| a Kubernetes object | annotation `{POLICY_EXEMPT}: "<policy>: <reason>"`, several on lines or with `;` between |
| an AWS resource | tag `{EXEMPT_TAG}` with the same value, one policy |
| a chart's `Release` | the same as its `description`: `{POLICY_EXEMPT}: <policy>: <reason>` |

Labels of GCP cannot hold a reason, so nothing there is exempted. An unknown policy, a missing reason, or a policy
without exemptions is refused. A namespace of node agents has a reason of its own: `{PRIVILEGED_BECAUSE}`.
"""


def render() -> str:
    """The page."""
    parts = [HEAD]
    for theme, rules in THEMES.items():
        parts += [f"## {theme}\n", *(_section(rule) for rule in rules)]
    parts += ["## The exemptions themselves\n", _section(EXEMPTIONS), _pending()]
    return "\n".join(part for part in parts if part)


def _section(rule: Rule) -> str:
    scope = "of a resource" if isinstance(rule, ResourceRule) else "of the stack"
    exempt = "by annotation, see above" if rule.exemptable else "none"
    return (
        f"### {rule.name}\n\n{description(rule)}\n\n- Comply: {rule.comply}\n- Exemption: {exempt}; policy {scope}.\n"
    )


def _pending() -> str:
    if not AWAITING_DIGEST:
        return ""
    images = "\n".join(f"- `{image}`" for image in sorted(AWAITING_DIGEST))
    return f"## Still without digest\n\nThese pass `images-are-by-digest` until they are pinned:\n\n{images}\n"


if __name__ == "__main__":
    print(render(), end="")
