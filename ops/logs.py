"""``mcp-ops logs``: the log store."""

import ssl
from pathlib import Path

import click
import httpx
from pydantic import ValidationError

from ops.connection import Exit, stop
from ops.log_store import Desired, Store, StoreError, UnansweredError

REQUEST_SECONDS = 30.0
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def logs() -> None:
    """The log store: Elasticsearch."""


@logs.command()
@click.option("--store", required=True, help="Address of the store, https://host:port.")
@click.option("--ca-file", type=FILE, required=True, help="Certificates that the store's is signed by, PEM.")
@click.option("--user", required=True)
@click.option("--password-file", type=FILE, required=True)
@click.option("--desired", type=FILE, required=True, help="What the store is to have, JSON.")
@click.option("--patience", type=click.FloatRange(0), default=60, show_default=True, help="Seconds to wait for it.")
def bootstrap(store: str, ca_file: Path, user: str, password_file: Path, desired: Path, patience: float) -> None:
    """Give the store its lifecycle policy, index template and data stream. May be run again at any time."""
    try:
        wanted = Desired.model_validate_json(desired.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise stop(Exit.USAGE, f"{desired} is not what a store can have: {error}") from error
    password = password_file.read_text(encoding="utf-8").strip()
    trusted = ssl.create_default_context(cafile=str(ca_file))
    with httpx.Client(base_url=store, auth=(user, password), verify=trusted, timeout=REQUEST_SECONDS) as client:
        try:
            for done in Store(client, patience).bring_to(wanted):
                click.echo(done)
        except UnansweredError as error:
            raise stop(Exit.UNREACHABLE, str(error)) from error
        except StoreError as error:
            raise stop(Exit.FAILED, str(error)) from error
