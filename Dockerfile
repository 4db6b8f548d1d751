# The platform's image for machines with Docker or Podman: docker build -t mcp-platform/platform .
#
# `python -m ops.image build` makes the same layout, user, environment and command without Docker; a test compares the
# two. What differs: Python and PostgreSQL's client are newer here. PostgreSQL 18 comes from the PostgreSQL project's own
# packages, whose address and key Debian's postgresql-common brings along.

FROM docker.io/library/python:3.13.9-slim-trixie AS dependencies
COPY requirements-image.txt /
RUN python -m pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes \
        --target /opt/platform/dependencies -r /requirements-image.txt \
    && rm -rf /opt/platform/dependencies/bin /opt/platform/dependencies/include \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/platform/dependencies \
    && chmod -R a+rX,go-w /opt/platform

FROM docker.io/library/python:3.13.9-slim-trixie AS code
COPY app /opt/platform/code/app
COPY client /opt/platform/code/client
COPY contract /opt/platform/code/contract
COPY ops/__init__.py ops/cli.py ops/connection.py ops/display.py ops/log_store.py ops/logs.py ops/status.py ops/workflow.py /opt/platform/code/ops/
COPY LICENSE /opt/platform/code/
COPY ops/image/mcp-ops /usr/local/bin/
RUN python -m compileall -q --invalidation-mode unchecked-hash /opt/platform/code \
    && chmod -R a+rX,go-w /opt/platform \
    && chmod 755 /usr/local/bin/mcp-ops

FROM docker.io/library/python:3.13.9-slim-trixie
LABEL org.opencontainers.image.title="mcp-platform/platform" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-18 \
    && apt-get purge --yes --auto-remove postgresql-common \
    && rm -rf /etc/apt/sources.list.d/pgdg.sources /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && groupadd --gid 1000 platform \
    && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /app --shell /usr/sbin/nologin platform
COPY --from=code /usr/local/bin/mcp-ops /usr/local/bin/
COPY --from=dependencies /opt/platform/dependencies /opt/platform/dependencies
COPY --from=code /opt/platform/code /opt/platform/code
ENV HOME=/tmp \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/opt/platform/code:/opt/platform/dependencies \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER 1000:1000
ENTRYPOINT ["python", "-m", "app"]
