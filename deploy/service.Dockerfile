# syntax=docker/dockerfile:1
# The one Dockerfile. Targets: service, service-with-pages, setup, gateway; SERVICE picks the service.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim
ARG GATEWAY_IMAGE=caddy:2.11-alpine

# --- what the service needs from the package index: its own extra only, at the tested versions --------
FROM ${PYTHON_IMAGE} AS dependencies
ARG SERVICE
WORKDIR /build
RUN python -m venv /opt/venv
COPY pyproject.toml requirements.lock deploy/service_requirements.py ./
RUN python service_requirements.py "${SERVICE}" > requirements.txt \
    && /opt/venv/bin/pip install --no-cache-dir --constraint requirements.lock --requirement requirements.txt

# --- a service: the shared kernel and its own folder, nobody else's -----------------------------------
FROM ${PYTHON_IMAGE} AS service
ARG SERVICE
# Uploads draws rare letters of names and reads JPEGs by planes.
RUN if [ "${SERVICE}" = uploads ]; then \
        apt-get update \
        && apt-get install -y --no-install-recommends fonts-hanazono libturbojpeg0 \
        && rm -rf /var/lib/apt/lists/*; \
    fi \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin kaoshen
WORKDIR /app
COPY --from=dependencies /opt/venv /opt/venv
COPY shared/ shared/
COPY services/__init__.py services/__init__.py
COPY services/${SERVICE}/ services/${SERVICE}/
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SERVICE=${SERVICE}
USER 10001
EXPOSE 8000 9000
ENTRYPOINT ["/bin/sh", "-c", "exec python -m services.${SERVICE} \"$@\"", "--"]
CMD ["api"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9000/readyz', timeout=2)"]

# --- the same with the pages that the service serves --------------------------------------------------
FROM ${NODE_IMAGE} AS service-pages
ARG SERVICE
WORKDIR /pages
COPY services/${SERVICE}/web/package.json services/${SERVICE}/web/package-lock.json ./
RUN npm ci --no-audit --no-fund
# The page looks for it by a path that leads out of its folder: here that ends at the root.
COPY shared/design/ /shared/design/
COPY services/${SERVICE}/web/ ./
RUN npm run build

FROM service AS service-with-pages
ARG SERVICE
COPY --from=service-pages /pages/dist/ services/${SERVICE}/web/dist/

# --- the job that runs once before everything: keys, and what the broker loads ------------------------
FROM ${PYTHON_IMAGE} AS setup
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin kaoshen \
    && install -d -o 10001 -m 0755 /keys /broker /objects
WORKDIR /app
COPY pyproject.toml requirements.lock deploy/service_requirements.py ./
RUN python service_requirements.py auth > requirements.txt \
    && pip install --no-cache-dir --constraint requirements.lock --requirement requirements.txt
COPY shared/ shared/
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/rabbitmq/ deploy/rabbitmq/
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
CMD ["/bin/sh", "-c", "python -m shared.keys init /keys && python -m deploy.rabbitmq.definitions /broker/definitions.json"]

# --- the gateway with the candidate page -------------------------------------------------------------
FROM ${NODE_IMAGE} AS portal
WORKDIR /portal
COPY deploy/gateway/portal/package.json deploy/gateway/portal/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY shared/design/ /shared/design/
COPY deploy/gateway/portal/ ./
RUN npm run build

FROM ${GATEWAY_IMAGE} AS gateway
COPY deploy/gateway/Caddyfile deploy/gateway/upstreams-*.caddy /etc/caddy/
COPY --from=portal /portal/dist/ /srv/portal/
ENV XDG_DATA_HOME=/data XDG_CONFIG_HOME=/config
USER 10001
EXPOSE 8080
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
HEALTHCHECK --interval=10s --timeout=3s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
