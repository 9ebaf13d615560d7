#!/bin/sh
# Checks format, lint and types of what is staged, whatever else stands in the working tree. Usage: scripts/check-staged.sh
set -eu
cd "$(dirname "$0")/.."

staged=$(git diff --cached --name-only --diff-filter=ACMR)
[ -n "$staged" ] || exit 0

# The index is written out, so a file that is staged in part is judged by that part.
mkdir -p .local
copy=$(mktemp -d "$PWD/.local/staged.XXXXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP
git checkout-index --all --prefix="$copy/"
ln -s "$PWD/node_modules" "$copy/node_modules"
cd "$copy"

matching() { printf '%s\n' "$staged" | grep -E "$1" || true; }
in_lines() { tr '\n' '\0' | xargs -0 "$@"; }

printf '%s\n' "$staged" | in_lines prettier --check --ignore-unknown --log-level=warn
sources=$(matching '\.(ts|js)$')
[ -z "$sources" ] || printf '%s\n' "$sources" | in_lines eslint --no-warn-ignored
[ -z "$(matching '\.ts$|^tsconfig\.json$|^package-lock\.json$')" ] || tsc --noEmit -p .
