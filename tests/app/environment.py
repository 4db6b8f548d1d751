"""A whole engine environment in files, as a pod has it."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ROOT = Path(__file__).parents[2]
TOKEN = "bootstrap-token-of-the-tests"


def engine_environment(directory: Path, api_url: str, worker_url: str, redis_url: str) -> dict[str, str]:
    """Variables and the files they point to, below ``directory``."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {
        "DATABASE_API_URL_FILE": api_url,
        "DATABASE_WORKER_URL_FILE": worker_url,
        "REDIS_URL_FILE": redis_url,
        "SIGNING_KEY_FILE": pem.decode(),
        "API_TOKEN_FILE": TOKEN + "\n",
        "AGENT_ENDPOINTS_FILE": "{}",
    }
    for name, content in files.items():
        (directory / name).write_text(content)
    return {
        **{name: str(directory / name) for name in files},
        "BIND_HOST": "127.0.0.1",
        "HTTP_PORT": "0",
        "WEBSOCKET_PORT": "0",
        "ROLES_DIR": str(ROOT / "roles"),
        "WORKFLOWS_DIR": str(ROOT / "roles" / "workflows"),
        "AGENT_TIMEOUT_SECONDS": "5",
    }
