#!/bin/bash
# Runs once, at the first start of an instance, before the agent of ECS starts. Names in ${...} are filled in by
# scripts/render-aws.ts; variables of this shell are written without braces.
set -euo pipefail

# Without the data volume no task may start here: Postgres would make itself a new, empty database.
trap 'systemctl mask ecs' ERR

place=/srv/daymark
tries=0
until [ -b /dev/sdf ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ]
  sleep 2
done

# Only a volume that has nothing on it is formatted.
if ! blkid /dev/sdf; then mkfs.ext4 -L daymark /dev/sdf; fi
mkdir -p "$place"
# Nothing can be written into the folder while the volume is not on it.
mountpoint --quiet "$place" || chattr +i "$place"
grep -q LABEL=daymark /etc/fstab || echo "LABEL=daymark $place ext4 defaults,noatime 0 2" >> /etc/fstab
mount "$place"

# The users of the images: Postgres and Redis are 999, everything else is 1000.
install -d -m 700 -o 999 -g 999 "$place/postgres" "$place/redis"
install -d -m 700 -o 1000 -g 1000 "$place/acme" "$place/backup-work"

mkdir -p /etc/systemd/system/ecs.service.d
printf '[Unit]\nRequiresMountsFor=%s\n' "$place" > /etc/systemd/system/ecs.service.d/data.conf
systemctl daemon-reload

cat > /etc/ecs/ecs.config <<END
ECS_CLUSTER=${NAME}
ECS_INSTANCE_ATTRIBUTES={"daymark.data":"true"}
ECS_RESERVED_MEMORY=160
ECS_ENABLE_TASK_IAM_ROLE=true
ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true
ECS_CONTAINER_STOP_TIMEOUT=2m
ECS_IMAGE_PULL_BEHAVIOR=once
END
