"""What a resource's URN says of its kind."""


def type_of(urn: str) -> str:
    """Return the type token: ``kubernetes:apps/v1:Deployment``."""
    return urn.split("::")[2].rpartition("$")[2]


def group_version_kind(token: str) -> tuple[str, str]:
    """Return apiVersion and kind of a type token."""
    _, group_version, kind = token.split(":")
    group, _, version = group_version.rpartition("/")
    return (version if group == "core" else group_version), kind
