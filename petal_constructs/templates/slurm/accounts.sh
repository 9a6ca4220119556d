#!/bin/bash
# accounts.sh        keeps Slurm's accounts as the tables beside it say: now, when they change, every five minutes
# accounts.sh once   one pass; exit code 1 when something could not be done
#
# cluster.tsv: Slurm's name of the cluster. accounts.tsv: account, and the most that it may use at once of CPUs,
# memory in MiB, GPUs and nodes; `-` for no limit. members.tsv: user, account; the first row of a user is the default.
#
# Accounts that petal makes have `petal` as organization. Only those are changed, and all of their members are
# petal's: who is not in the table loses the membership. Slurm keeps the records of jobs when accounts and users go.
set -euo pipefail

export LC_ALL=C
HERE=$(dirname "$0")
POLL_S=${PETAL_POLL_S:-20}
WAIT_S=${PETAL_WAIT_S:-60}
AGAIN_S=300
NAME='^[a-z0-9_][a-z0-9_-]{0,39}$'
LIMIT='^(-|[0-9]{1,10})$'
failures=0

say() { echo "petal: $*" >&2; }

refuse() {
  say "refused: $*"
  failures=$((failures + 1))
}

ask() { sacctmgr --noheader --parsable2 show "$@"; }

# order WHAT ARGUMENT...: changes Slurm's database and says so.
order() {
  local what=$1 answer
  shift
  if answer=$(sacctmgr --immediate "$@" 2>&1 < /dev/null); then
    say "$what"
  else
    refuse "$what: ${answer//$'\n'/ }"
  fi
}

# All tables of one state: kubelet swaps the folder behind `..data`. False if a table is not there.
read_tables() {
  local folder=$HERE
  [[ ! -e $HERE/..data ]] || folder=$(readlink -f "$HERE/..data")
  mapfile -t accounts < "$folder/accounts.tsv" && mapfile -t members < "$folder/members.tsv" &&
    read -r cluster < "$folder/cluster.tsv" && [[ $cluster =~ $NAME ]]
}

# Fills: ours[account], limits[account], member["account user"], default[user], known[user].
read_slurm() {
  local account organization user rest
  declare -gA ours=() others=() limits=() member=() default=() known=()
  while IFS='|' read -r account organization; do
    if [[ $organization == petal ]]; then ours[$account]=1; else others[$account]=1; fi
  done <<< "$found_accounts"
  while IFS='|' read -r account user rest; do
    if [[ -z $user ]]; then limits[$account]=$rest; else member["$account $user"]=1; fi
  done <<< "$found_associations"
  while IFS='|' read -r user account; do
    [[ -z $user ]] || { known[$user]=1 default[$user]=$account; }
  done <<< "$found_users"
}

ask_slurm() {
  found_accounts=$(ask account format=account,organization) &&
    found_associations=$(ask assoc where "cluster=$cluster" format=account,user,grptres) &&
    found_users=$(ask user withassoc where "cluster=$cluster" format=user,defaultaccount) &&
    found_tres=$(ask tres format=type,name) && read_slurm
}

# `cpu=8,mem=1.50G,...` or `cpu=8,mem=1536` -> the same text for the same limits, of those that petal sets.
canonical() {
  tr , '\n' <<< "$1" | awk -F = '
    BEGIN { mib["M"] = 1; mib["G"] = 1024; mib["T"] = 1024 ^ 2; mib["P"] = 1024 ^ 3 }
    $2 == "-1" { next }
    $1 == "mem" { unit = substr($2, length($2)); printf "mem=%d\n", $2 * (unit in mib ? mib[unit] : 1) }
    $1 == "cpu" || $1 == "node" || $1 == "gres/gpu" { print $1 "=" $2 }' | sort
}

ensure_account() {
  local account=$1 cpus=$2 memory=$3 gpus=$4 nodes=$5 wanted
  wanted="cpu=${cpus/#-/-1},mem=${memory/#-/-1},node=${nodes/#-/-1}"
  # a Slurm without GPUs knows no such resource
  ! grep -qxF 'gres|gpu' <<< "$found_tres" || wanted+=",gres/gpu=${gpus/#-/-1}"
  if [[ -n ${others[$account]:-} ]]; then
    refuse "account $account: one of this name exists that petal did not make"
    return 1
  fi
  if [[ -z ${ours[$account]:-} || -z ${limits[$account]+there} ]]; then
    order "added account $account" add account "name=$account" "cluster=$cluster" parent=root \
      organization=petal "description=of petal's seed"
  fi
  [[ $(canonical "${limits[$account]:-}") == "$(canonical "$wanted")" ]] ||
    order "set limits of account $account: $wanted" modify account where "name=$account" "cluster=$cluster" \
      set "GrpTRES=$wanted"
}

ensure_member() {
  local user=$1 account=$2
  [[ -z ${member["$account $user"]:-} ]] || return 0
  if [[ -n ${known[$user]:-} ]]; then
    order "added $user to account $account" add user "name=$user" "account=$account" "cluster=$cluster"
  else
    order "added user $user to account $account" add user "name=$user" "account=$account" "cluster=$cluster" \
      "defaultaccount=$account"
    known[$user]=1 default[$user]=$account
  fi
}

ensure_default() {
  local user=$1 account=$2
  [[ ${default[$user]:-} != "$account" ]] || return 0
  order "account $account is now the default of $user" modify user where "name=$user" "cluster=$cluster" \
    set "defaultaccount=$account"
}

valid_account() {
  local number
  [[ $1 =~ $NAME && $1 != root ]] || return 1
  for number in "${@:2}"; do [[ $number =~ $LIMIT ]] || return 1; done
}

ensure_accounts() {
  local row account cpus memory gpus nodes
  declare -gA wanted_account=()
  for row in "${accounts[@]}"; do
    IFS=$'\t' read -r account cpus memory gpus nodes <<< "$row"
    if valid_account "$account" "$cpus" "$memory" "$gpus" "$nodes"; then
      ensure_account "$account" "$cpus" "$memory" "$gpus" "$nodes" && wanted_account[$account]=1
    else
      refuse "not an account and its limits: ${row@Q}"
    fi
  done
}

ensure_members() {
  local row account user
  declare -gA wanted_member=() first=()
  for row in "${members[@]}"; do
    IFS=$'\t' read -r user account <<< "$row"
    if [[ $user =~ $NAME && $user != root && -n ${wanted_account[${account:--}]:-} ]]; then
      wanted_member["$account $user"]=1
      ensure_member "$user" "$account"
      first[$user]=${first[$user]:-$account}
    else
      refuse "not a member of an account: ${row@Q}"
    fi
  done
  for user in "${!first[@]}"; do ensure_default "$user" "${first[$user]}"; done
}

remove_departed() {
  local pair account user
  for pair in "${!member[@]}"; do
    read -r account user <<< "$pair"
    [[ -n ${ours[$account]:-} && -z ${wanted_member[$pair]:-} ]] || continue
    order "removed $user from account $account" delete user where "name=$user" "account=$account" "cluster=$cluster"
  done
  for account in "${!ours[@]}"; do
    [[ -z ${wanted_account[$account]:-} && -n ${limits[$account]+there} ]] || continue
    order "removed account $account" delete account where "name=$account" "cluster=$cluster"
  done
}

register() {
  grep -qxF -e "$cluster" <<< "$1" || order "registered cluster $cluster" add cluster "name=$cluster"
}

once() {
  local clusters
  read_tables || { say "the tables are not complete"; return 1; }
  SECONDS=0
  until clusters=$(ask cluster format=cluster 2> /dev/null); do
    ((SECONDS < WAIT_S)) || { say "slurmdbd does not answer"; return 1; }
    sleep 1
  done
  register "$clusters"
  ask_slurm || { say "Slurm's accounts could not be read"; return 1; }
  ensure_accounts
  ensure_members
  remove_departed
  return $((failures > 0))
}

state() { readlink "$HERE/..data" || cat "$HERE"/*.tsv | cksum; }

watch() {
  local before
  before=$(state)
  once || say "not every account is as the seed says; next try in $AGAIN_S s"
  SECONDS=0
  while ((SECONDS < AGAIN_S)) && [[ $(state) == "$before" ]]; do sleep "$POLL_S"; done
  exec bash "$0"
}

# one line, so that bash has read the whole file before a new one replaces it
if [[ ${1:-} == once ]]; then once; else watch; fi; exit
