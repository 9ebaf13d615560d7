#!/usr/bin/env bash
# Sets Daymark up on AWS, from .aws/deploy.config.yml: all that a release needs before the first one, and all that one
# brings up after it. What is there already stays as it is, so it can be run again after it stopped.
# Usage: scripts/aws/set-up.sh foundation | secrets | instance | services [CONFIGURATION]
#   foundation   roles, buckets, registry, log, cluster
#   secrets      asks for those that are missing, makes those that chance can make
#   instance     security group, data volume, the instance, its address
#   services     Postgres, Redis, Traefik, and the schedules; the first release then makes the rest
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.tools/bin:$PATH" AWS_PAGER=''

out=${OUT:-.local/aws}
configuration=${2:-.aws/deploy.config.yml}
say() { printf '%s\n' "$*" >&2; }

# `make SERVICE OPERATION SUBJECT`: runs one rendered input. What says that it exists already is as good as success.
EXISTS='AlreadyExists|already exists|EntityAlreadyExists|BucketAlreadyOwnedByYou|InvalidGroup.Duplicate|InvalidPermission.Duplicate|ConflictException'
make_it() {
  local service=$1 operation=$2 subject=${3:-} answer
  shift 2
  [ $# -eq 0 ] || shift
  local file="$out/$service/$operation${subject:+.$subject}.json"
  [ -f "$file" ] || { say "There is no $file."; exit 1; }
  if answer=$(aws "$service" "$operation" --cli-input-json "file://$file" "$@" --output text 2>&1); then
    say "  $operation ${subject:-} done"
    printf '%s\n' "$answer"
  elif [[ $answer =~ $EXISTS ]]; then
    say "  $operation ${subject:-} is there already"
  else
    say "$answer"
    exit 1
  fi
}

# All inputs of one operation.
make_all() {
  local file
  for file in "$out/$1/$2".*json; do
    file=${file#"$out/$1/$2"}
    file=${file%.json}
    make_it "$1" "$2" "${file#.}" > /dev/null
  done
}

# Of the first thing with our name; empty without one.
id_of() {
  local found
  found=$(aws ec2 "$1" --filters "Name=tag:Name,Values=$name" "${@:3}" --query "$2" --output text)
  [ "$found" = None ] || printf '%s' "$found"
}

foundation() {
  say 'Roles'
  make_all iam create-open-id-connect-provider
  make_all iam create-role
  make_all iam put-role-policy
  make_all iam attach-role-policy
  make_all iam create-instance-profile
  aws iam get-instance-profile --instance-profile-name "$name-instance" --query 'InstanceProfile.Roles[0].RoleName' \
    --output text | grep --quiet "$name-instance" || make_all iam add-role-to-instance-profile
  say 'Buckets'
  local operation
  for operation in create-bucket put-public-access-block put-bucket-ownership-controls put-bucket-versioning \
    put-bucket-encryption put-object-lock-configuration put-bucket-policy put-bucket-lifecycle-configuration; do
    make_all s3api "$operation"
  done
  say 'Registry, log, cluster'
  make_all ecr create-repository
  make_all ecr put-lifecycle-policy
  make_all logs create-log-group
  make_all logs put-retention-policy
  make_all ecs create-cluster
}

has_secret() { aws ssm get-parameter --name "/$name/$1" --query Parameter.Name --output text > /dev/null 2>&1; }

# The value comes in on standard input, so that it is in no process list and in no history.
put_secret() {
  local value
  value=$(cat)
  [ -n "$value" ] || { say "  $1: empty, left out"; return; }
  local file
  file=$(mktemp)
  trap 'rm -f "$file"' RETURN
  chmod 600 "$file"
  SECRET=$value node -e '
    const [Name] = process.argv.slice(1);
    process.stdout.write(JSON.stringify({ Name, Value: process.env.SECRET, Type: "SecureString", Tier: "Standard" }));
  ' "/$name/$1" > "$file"
  aws ssm put-parameter --cli-input-json "file://$file" > /dev/null
  say "  $1 stored"
}

chance() { openssl rand -hex 32; }

make_secret() {
  if has_secret "$1"; then say "  $1 is there already"; else "${@:2}" | put_secret "$1"; fi
}

asked() {
  local value
  read -rsp "  $1: " value
  echo >&2
  printf '%s' "$value"
}

secrets() {
  say 'Secrets'
  make_secret SESSION_SECRET chance
  make_secret PASSWORD_PEPPER printf '1:%s' "$(chance)"
  make_secret METRICS_TOKEN chance
  make_secret SIGNING_KEYS openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256
  make_secret POSTGRES_PASSWORD chance
  make_secret SMTP_URL asked 'SMTP_URL, like smtps://user:password@mail.example.org'
  # Both sides of a password are made at once, or neither. 172.17.0.1 is the instance, as its containers see it.
  local password
  if ! has_secret DATABASE_URL; then
    password=$(chance)
    printf '%s' "$password" | put_secret DATABASE_PASSWORD
    printf 'postgres://daymark:%s@172.17.0.1:5432/daymark' "$password" | put_secret DATABASE_URL
  fi
  if ! has_secret REDIS_URL; then
    password=$(chance)
    printf '%s' "$password" | put_secret REDIS_PASSWORD
    printf 'redis://:%s@172.17.0.1:6379' "$password" | put_secret REDIS_URL
  fi
  if grep --quiet BACKUP_AGE_IDENTITY "$out/ecs/register-task-definition.restore-drill.json"; then
    make_secret BACKUP_AGE_IDENTITY asked 'BACKUP_AGE_IDENTITY, AGE-SECRET-KEY-1...'
  fi
  if grep --quiet BACKUP_HEARTBEAT_URL "$out/ecs/register-task-definition.backup.json"; then
    make_secret BACKUP_HEARTBEAT_URL asked BACKUP_HEARTBEAT_URL
  fi
}

instance() {
  say 'Instance'
  make_it ec2 create-security-group > /dev/null
  local group volume machine address
  group=$(id_of describe-security-groups 'SecurityGroups[0].GroupId')
  make_it ec2 authorize-security-group-ingress '' --group-id "$group" > /dev/null
  make_it ec2 create-launch-template > /dev/null

  volume=$(id_of describe-volumes 'Volumes[0].VolumeId')
  if [ -z "$volume" ]; then
    make_it ec2 create-volume > /dev/null
    volume=$(id_of describe-volumes 'Volumes[0].VolumeId')
    make_it dlm create-lifecycle-policy > /dev/null
  fi
  machine=$(id_of describe-instances 'Reservations[0].Instances[0].InstanceId' \
    Name=instance-state-name,Values=pending,running,stopping,stopped)
  if [ -z "$machine" ]; then
    make_it ec2 run-instances '' --security-group-ids "$group" > /dev/null
    machine=$(id_of describe-instances 'Reservations[0].Instances[0].InstanceId' \
      Name=instance-state-name,Values=pending,running)
  fi
  say "  waiting for $machine and $volume"
  aws ec2 wait instance-running --instance-ids "$machine"
  if [ "$(aws ec2 describe-volumes --volume-ids "$volume" --query 'Volumes[0].State' --output text)" != in-use ]; then
    aws ec2 wait volume-available --volume-ids "$volume"
    aws ec2 attach-volume --volume-id "$volume" --instance-id "$machine" --device /dev/sdf > /dev/null
  fi

  address=$(id_of describe-addresses 'Addresses[0].PublicIp')
  if [ -z "$address" ]; then
    aws ec2 allocate-address --domain vpc \
      --tag-specifications "ResourceType=elastic-ip,Tags=[{Key=Name,Value=$name}]" > /dev/null
    address=$(id_of describe-addresses 'Addresses[0].PublicIp')
  fi
  aws ec2 associate-address --instance-id "$machine" --public-ip "$address" > /dev/null
  say "Let the DNS entry of the API lead to $address."
}

services() {
  say 'Services'
  local service
  for service in postgres redis traefik; do
    if [ "$(aws ecs describe-services --cluster "$name" --services "$name-$service" --query 'services[0].status' \
      --output text)" = ACTIVE ]; then
      say "  $service is there already"
    else
      make_it ecs register-task-definition "$service" > /dev/null
      make_it ecs create-service "$service" > /dev/null
    fi
  done
  make_all scheduler create-schedule
}

case ${1:-} in
  foundation | secrets | instance | services) ;;
  *) sed -n 's/^# \{0,1\}//; 2,8p' "$0" >&2; exit 64 ;;
esac

values=$(node scripts/aws/workflow-values.ts --config "$configuration")
node scripts/render-aws.ts --config "$configuration" --out "$out" >&2
name=$(sed -n 's/.*repository=.*\///p' <<< "$values")
AWS_REGION=$(sed -n 's/^region=//p' <<< "$values")
account=$(sed -n 's/^role=arn:aws:iam::\([0-9]*\):.*/\1/p' <<< "$values")
export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
if [ "$(aws sts get-caller-identity --query Account --output text)" != "$account" ]; then
  say "These credentials are not of the account $account."
  exit 1
fi
"$1"
