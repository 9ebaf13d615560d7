#!/usr/bin/env bash
# Installs Redis and one version of Postgres on a runner of GitHub; the tests start private servers of them.
# Usage: .github/install-services.sh POSTGRES_MAJOR
set -euo pipefail

major=${1:?'Usage: .github/install-services.sh POSTGRES_MAJOR'}

# The tests take the newest server that they find, and the runner brings one of its own.
dpkg-query --show --showformat '${Package}\n' 'postgresql-[0-9]*' 'postgresql-client-[0-9]*' 2> /dev/null \
  | xargs --no-run-if-empty sudo apt-get purge --yes > /dev/null

sudo apt-get update > /dev/null
sudo apt-get install --yes --no-install-recommends postgresql-common redis-server > /dev/null
sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y > /dev/null
sudo apt-get install --yes --no-install-recommends "postgresql-$major" > /dev/null

"/usr/lib/postgresql/$major/bin/postgres" --version
redis-server --version
