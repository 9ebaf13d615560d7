#!/usr/bin/env bash
# Prints the image behind a tag, by digest; fails when there is none.
# Usage: scripts/aws/find-image.sh REPOSITORY TAG   (REPOSITORY is ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME)
set -euo pipefail

[ $# -eq 2 ] || { echo 'Usage: scripts/aws/find-image.sh REPOSITORY TAG' >&2; exit 64; }

# 66, and nothing else, says that there is no such image.
digest=$(aws ecr describe-images --repository-name "${1#*/}" --image-ids "imageTag=$2" \
  --query 'imageDetails[0].imageDigest' --output text 2>&1) || {
  [[ $digest != *ImageNotFoundException* ]] || { echo "There is no image $2." >&2; exit 66; }
  printf '%s\n' "$digest" >&2
  exit 1
}
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "The digest of $2 is not known: $digest" >&2; exit 1; }
printf '%s@%s\n' "$1" "$digest"
