"""Requests and limits of one container of a chart."""


def amounts(requests: tuple[str, str], limits: tuple[str, str]) -> dict[str, dict[str, str]]:
    """CPU and memory, as charts want them."""
    return {
        "requests": {"cpu": requests[0], "memory": requests[1]},
        "limits": {"cpu": limits[0], "memory": limits[1]},
    }
