#!/usr/bin/env bash
# Builds one image and pushes it, unless its tag is there already: a release is built once. Prints it by digest.
# Usage: scripts/aws/push-image.sh REPOSITORY TARGET TAG REVISION   (REPOSITORY is ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME)
set -euo pipefail

[ $# -eq 4 ] || { echo 'Usage: scripts/aws/push-image.sh REPOSITORY TARGET TAG REVISION' >&2; exit 64; }
repository=$1 target=$2 tag=$3 revision=$4
find_image="$(dirname "$0")/find-image.sh"

missing=0
"$find_image" "$repository" "$tag" || missing=$?
case $missing in
  0) echo "$tag is there already." >&2; exit ;;
  66) ;;
  *) exit "$missing" ;;
esac

metadata=$(mktemp)
trap 'rm -f "$metadata"' EXIT
docker buildx build --platform linux/arm64 --target "$target" --build-arg "SOURCE_REVISION=$revision" \
  --provenance mode=max --sbom true --metadata-file "$metadata" --tag "$repository:$tag" --push . >&2

# The index over image, provenance and contents, as the registry has it.
digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "$metadata")
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "The digest of $tag is not known." >&2; exit 1; }
printf '%s@%s\n' "$repository" "$digest"
