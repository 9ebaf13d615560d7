#!/bin/sh
# Removes from installed packages what a running server never reads. Usage: scripts/image/prune-modules.sh FOLDER
set -eu
cd "$1"

# Source maps, documentation, and TypeScript: Node refuses to run that below node_modules, types or not.
find . -type f \( -name '*.map' -o -name '*.md' -o -name '*.markdown' -o -name '*.flow' \
  -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete

# The packages' own tests, where they lie beside a package.json.
find . -type f -name package.json -not -path '*/test/*' | while read -r manifest; do
  rm -rf "${manifest%/package.json}/test" "${manifest%/package.json}/tests"
done

# Types alone.
rm -rf @types

# The pages of /docs use the bundle alone, and code is coloured by a style sheet of ours.
rm -f swagger-ui-dist/swagger-ui-es-bundle*
rm -rf highlight.js/styles highlight.js/scss highlight.js/es/languages

# A second copy for bundlers: Node takes the other one.
rm -rf @aws-sdk/*/dist-es @smithy/*/dist-es

find . -type d -empty -delete
