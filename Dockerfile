# syntax=docker/dockerfile:1
# The images of the product. Node runs the TypeScript sources, so building is copying.
#   docker build --build-arg SOURCE_REVISION=$(git rev-parse HEAD) --tag daymark .
#   docker build --build-arg SOURCE_REVISION=$(git rev-parse HEAD) --target backup --tag daymark-backup .
# The server's image runs src/main.ts by itself; src/worker.ts, scripts/migrate.ts and scripts/admin.ts as its command.

# By version here, and by digest where a build must be repeatable: --build-arg NODE_IMAGE=node:...@sha256:...
ARG NODE_IMAGE=node:26.10.0-bookworm-slim
ARG DEBIAN_IMAGE=debian:12.13-slim
# Of the major version of the server that is backed up: older tools refuse it. compose.production.yml has the same.
ARG POSTGRES_IMAGE=postgres:18.4-bookworm

# Node without its symbol table: 33 MB less, and nothing here reads it.
FROM ${NODE_IMAGE} AS node
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils \
 && strip --strip-unneeded /usr/local/bin/node

FROM ${NODE_IMAGE} AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package of ours needs an install script; whoever takes one over cannot run anything here either.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts
COPY scripts/image/prune-modules.sh /tmp/
RUN /tmp/prune-modules.sh node_modules

# What both images hold.
FROM scratch AS files
WORKDIR /app
COPY package.json ./
COPY --from=modules /app/node_modules ./node_modules
COPY migrations ./migrations
COPY scripts ./scripts
COPY src ./src

# `pg_dump` and `pg_restore` from the very image that the database runs in.
FROM ${POSTGRES_IMAGE} AS backup
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libatomic1 \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner=1000 --group=1000 --mode=700 /data /work
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=files /app /app
WORKDIR /app
# /data is what the server keeps without a bucket, /work is where a dump lies while it is made: two volumes.
ENV NODE_ENV=production DATA_DIR=/data BACKUP_WORK_DIR=/work
ARG SOURCE_REVISION=unknown
ENV SOURCE_REVISION=${SOURCE_REVISION}
LABEL org.opencontainers.image.title="daymark-backup" \
      org.opencontainers.image.description="Backs up Daymark's database and restores it" \
      org.opencontainers.image.revision="${SOURCE_REVISION}"
USER 1000:1000
# Postgres wants SIGINT; this is no Postgres.
STOPSIGNAL SIGTERM
# It runs and ends: its exit code tells, not its health.
HEALTHCHECK NONE
ENTRYPOINT ["node", "scripts/backup.ts"]
CMD ["help"]

# Debian's own slim image rather than Node's: the same system without npm, yarn and headers, which nothing runs here.
FROM ${DEBIAN_IMAGE} AS server
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libatomic1 \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner=1000 --group=1000 --mode=700 /data
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=files /app /app
WORKDIR /app
# A new volume at /data takes over its owner. The rest of the file system may be read-only.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
ARG SOURCE_REVISION=unknown
ENV SOURCE_REVISION=${SOURCE_REVISION}
LABEL org.opencontainers.image.title="daymark" \
      org.opencontainers.image.description="A backend for people who set goals, mark their days and learn in public" \
      org.opencontainers.image.revision="${SOURCE_REVISION}"
EXPOSE 3000
# By number, so that an orchestrator can see that it is not root.
USER 1000:1000
STOPSIGNAL SIGTERM
# Ready at first, alive from then on; the script says why.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "scripts/image/healthcheck.ts"]
# Node itself, for SIGTERM has to reach it. Give the container an init (`init: true`, `--init`) to reap orphans.
CMD ["node", "--max-semi-space-size=8", "src/main.ts"]
