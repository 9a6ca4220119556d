#!/bin/bash
# database-password.sh        copies the database's password from AWS Secrets Manager into a Kubernetes Secret, every
#                             five minutes: so it stands in no template, manifest or Helm value
# database-password.sh once   does it once
#
# The password passes through files in memory alone: programs get it neither as an argument nor in their
# environment, and nothing prints it.
set -euo pipefail
umask 077

MEMORY=$PETAL_MEMORY
POD=${PETAL_SERVICE_ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}
SECRETS=https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/$(< "$POD/namespace")/secrets
AGAIN_S=300
SOON_S=10

say() { echo "petal: $*" >&2; }

fetch() {
  aws secretsmanager get-secret-value --secret-id "$PETAL_SECRET_ARN" --region "$PETAL_REGION" \
    --query SecretString --output text > "$MEMORY/answer" &&
    jq --arg name "$PETAL_SECRET_NAME" --arg key "$PETAL_SECRET_KEY" '{
      apiVersion: "v1", kind: "Secret",
      metadata: {name: $name, labels: {"app.kubernetes.io/managed-by": "petal"}},
      data: {($key): (.password | strings | @base64)}
    }' "$MEMORY/answer" > "$MEMORY/secret" && [[ -s $MEMORY/secret ]]
}

# request METHOD URL TYPE: prints the status; the token is read again because kubelet renews it.
request() {
  printf 'header = "Authorization: Bearer %s"\n' "$(< "$POD/token")" > "$MEMORY/curl"
  curl --config "$MEMORY/curl" --cacert "$POD/ca.crt" --silent --show-error --max-time 30 --output /dev/null \
    --write-out '%{http_code}' --request "$1" --header "Content-Type: $3" --data-binary "@$MEMORY/secret" "$2"
}

store() {
  local status
  status=$(request PATCH "$SECRETS/$PETAL_SECRET_NAME" application/merge-patch+json) || return 1
  [[ $status != 404 ]] || status=$(request POST "$SECRETS" application/json) || return 1
  [[ $status == 20[01] ]] || { say "the API server answers $status"; return 1; }
}

copy() {
  local result=0
  { fetch && store; } || result=1
  rm -f "$MEMORY/answer" "$MEMORY/secret" "$MEMORY/curl"
  return $result
}

follow() {
  while true; do
    if copy; then
      say "the password is in Secret $PETAL_SECRET_NAME"
      sleep "$AGAIN_S"
    else
      say "the password could not be copied; next try in $SOON_S s"
      sleep "$SOON_S"
    fi
  done
}

# one line, so that bash has read the whole file before a new one replaces it
if [[ ${1:-} == once ]]; then copy; else follow; fi; exit
