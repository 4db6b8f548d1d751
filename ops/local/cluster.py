"""What a CloudNativePG ``Cluster`` object asks for, as far as one PostgreSQL process on this machine can give it."""

from dataclasses import dataclass, field

from ops.controlplane.api import Json
from ops.local.failure import LocalError
from ops.local.fields import listed, section, text_map, words
from ops.local.objects import Objects, key

OPERATORS_OWN = frozenset({"archive_mode", "archive_command", "ssl", "ssl_ca_file", "ssl_cert_file", "ssl_key_file"})
"""Parameters of archiving and TLS: CloudNativePG brings the programs and certificates, this machine has none."""


@dataclass(frozen=True)
class Login:
    """A role that can log in, with the attributes CloudNativePG would give it."""

    name: str
    password: str
    comment: str = ""
    inherit: bool = True
    superuser: bool = False
    create_database: bool = False
    create_role: bool = False
    replication: bool = False
    bypass_rls: bool = False
    connection_limit: int = -1
    member_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatabaseCluster:
    """One database server: parameters, the application's database and owner, and the managed logins."""

    name: str
    namespace: str
    database: str
    owner: Login
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    preload: tuple[str, ...] = ()
    logins: tuple[Login, ...] = ()
    extensions: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """How people name it."""
        return f"Cluster {self.namespace}/{self.name}"


def database_cluster(document: Json, objects: Objects) -> DatabaseCluster:
    """Read the object. Raises :class:`LocalError` where a Secret that it names does not exist."""
    namespace, name = key(document)
    spec: Json = document["spec"]
    initdb = section(spec, "bootstrap", "initdb")
    if not initdb:
        raise LocalError(f"Cluster {namespace}/{name} has no bootstrap.initdb: only a new database can run here.")
    database = str(initdb.get("database", "app"))
    owner = str(initdb.get("owner", database))
    secret = str(section(initdb, "secret").get("name", f"{name}-app"))
    parameters = text_map(spec, "postgresql", "parameters")
    return DatabaseCluster(
        name=name,
        namespace=namespace,
        database=database,
        owner=Login(owner, _password(objects, namespace, name, secret)),
        parameters={name: value for name, value in parameters.items() if name not in OPERATORS_OWN},
        preload=_preload(spec, parameters),
        logins=tuple(
            _login(each, objects, namespace, name)
            for each in listed(section(spec, "managed"), "roles")
            if each.get("ensure", "present") == "present" and each.get("login")
        ),
        extensions=("pg_stat_statements",) if _counts_statements(parameters) else (),
    )


def _login(document: Json, objects: Objects, namespace: str, cluster: str) -> Login:
    secret = str(document["passwordSecret"]["name"])
    return Login(
        name=str(document["name"]),
        password=_password(objects, namespace, cluster, secret),
        comment=str(document.get("comment", "")),
        inherit=bool(document.get("inherit", True)),
        superuser=bool(document.get("superuser", False)),
        create_database=bool(document.get("createdb", False)),
        create_role=bool(document.get("createrole", False)),
        replication=bool(document.get("replication", False)),
        bypass_rls=bool(document.get("bypassrls", False)),
        connection_limit=int(document.get("connectionLimit", -1)),
        member_of=tuple(words(document, "inRoles")),
    )


def _password(objects: Objects, namespace: str, cluster: str, secret: str) -> str:
    data = objects.secret(namespace, secret)
    if data is None or "password" not in data:
        raise LocalError(f"Cluster {namespace}/{cluster} takes a password from Secret {secret}, which has none.")
    return data["password"].decode()


def _counts_statements(parameters: dict[str, str]) -> bool:
    return any(name.startswith("pg_stat_statements.") for name in parameters)


def _preload(spec: Json, parameters: dict[str, str]) -> tuple[str, ...]:
    """Libraries that the object asks for; CloudNativePG adds this one by itself where its parameters are set."""
    asked = tuple(words(section(spec, "postgresql"), "shared_preload_libraries"))
    if _counts_statements(parameters) and "pg_stat_statements" not in asked:
        return (*asked, "pg_stat_statements")
    return asked
