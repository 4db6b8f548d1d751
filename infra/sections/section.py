"""What every section of the settings is made of: strict models, switches, quantities, image references."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from contract.strict import Strict

Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?$")]
"""A Kubernetes quantity: ``500m``, ``2``, ``512Mi``, ``100Gi``."""
ImageReference = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9./_:-]*(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$")]
Host = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$", max_length=253)]
"""A host name with at least one dot."""
HttpsUrl = Annotated[str, Field(pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s?#]*)?$", max_length=500)]
"""An address without query and without credentials, which would be secrets."""


RegionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
"""A cloud region, or a name of one's own on-premises."""


class Section(Strict):
    """Part of the settings: frozen, strict, camelCase in YAML and snake_case in code."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class Switch(StrEnum):
    """On or off. YAML 1.1 readers turn the bare words into booleans, so those are understood too."""

    ON = "on"
    OFF = "off"

    @property
    def is_on(self) -> bool:
        """Whether the switch is on."""
        return self is Switch.ON


def _from_yaml(value: object) -> object:
    return {True: Switch.ON, False: Switch.OFF}[value] if isinstance(value, bool) else value


OnOff = Annotated[Switch, BeforeValidator(_from_yaml)]
