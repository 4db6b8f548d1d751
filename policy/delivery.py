"""Where secrets may be: in Secrets, as files; nowhere in clear."""

from collections.abc import Iterator
from typing import Final

from policy.plaintext import secret_in
from policy.pods import named_containers
from policy.resources import Item, Object, entries, strings, under
from policy.rules import Breach, ResourceRule, StackRule
from policy.stack import Stack

KEPT: Final = {
    "kubernetes:core/v1:Secret": ("data", "stringData"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretString", "secretBinary"),
    "aws:ssm/parameter:Parameter": ("value",),
    "gcp:secretmanager/secretVersion:SecretVersion": ("secretData",),
}
"""Type -> properties that are made to hold a secret."""
SCHEMAS: Final = frozenset({"CustomResourceDefinition"})


def secrets_are_files(item: Item) -> Iterator[str]:
    """A secret in the environment is read by every child process and every crash report."""
    for name, container in named_containers(item):
        for variable in entries(container, "env"):
            if "secretKeyRef" in under(variable, "valueFrom"):
                yield f"{name} has secret {variable.get('name')} in its environment: mount it as a file"
        for source in entries(container, "envFrom"):
            if "secretRef" in source:
                yield f"{name} has a whole Secret in its environment: mount it as files"


def no_plaintext_secret(item: Item) -> Iterator[str]:
    """No variable, ConfigMap, annotation, argument, chart value or cloud property holds a secret in clear."""
    if item.type.partition(":")[0] not in ("kubernetes", "aws", "gcp") or item.kind in SCHEMAS:
        return
    for where, what in _found(_visible(item)):
        yield f"{item.name} has {what} in clear in {where}: put it into a Secret and name that Secret instead"


def outputs_hold_no_secret(stack: Stack) -> Iterator[Breach]:
    """Outputs are read by other stacks, by `mcp-ops` and by whoever prints them: they say where a secret is."""
    for item in stack.of("pulumi:pulumi:Stack"):
        for where, what in _found(item.properties):
            yield item, f"output {where} holds {what}: export namespace, name and key of the Secret instead"


def _visible(item: Item) -> Object:
    hidden = KEPT.get(item.type, ())
    return {key: value for key, value in item.properties.items() if key not in hidden and not key.startswith("__")}


def _found(properties: Object) -> Iterator[tuple[str, str]]:
    for path, value in strings(properties):
        what = secret_in(path[-1] if path else "", value)
        if what is not None:
            yield ".".join(path), what


SECRET_RULES: Final = (
    ResourceRule(
        "secrets-are-files",
        secrets_are_files,
        "Mount the Secret as a directory (`infra.pods.SecretFiles`) and read the file.",
    ),
    ResourceRule(
        "no-plaintext-secret",
        no_plaintext_secret,
        "Set it with `pulumi config set --secret`, put it into a Secret, and refer to that: a mounted file, "
        "`existingSecret` in a chart's values, a `secretKeyRef` in a custom resource.",
    ),
    StackRule(
        "outputs-hold-no-secret",
        outputs_hold_no_secret,
        "Export where the secret is (namespace, name, key), not what it is, and not as Pulumi secret either.",
        exemptable=False,
    ),
)
