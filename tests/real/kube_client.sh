#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The Kubernetes client against a real API server: logins, TLS, discovery, lists, watches, writes.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
client=${top_builddir:-$real/../../build}/tests/real/kube_client
[ -x "$client" ] || { echo "Bail out! $client is not built"; exit 1; }
clusters_start --count 1
configs=$scratch/cp/kubeconfig

# says WORDS KUBECONFIG COMMAND...: what the client prints contains the words
says() {
    local words=$1 config=$2 said
    shift 2
    said=$("$client" "$configs/$config" c1 "$@") || { printf '%s\n' "$said"; return 1; }
    printf '%s\n' "$said"
    case $said in *"$words"*) ;; *) return 1 ;; esac
}

check 'token' says 'http 20' token version
check 'token of a file' says 'user admin' token-file who
check 'client certificate' says 'user admin' certificate who
check 'client certificate of files' says 'user admin' certificate-files who
check 'not verified' says 'version 1.' insecure version
check 'a bad token' says 'error auth' bad-token version
check 'an expired client certificate' says 'error auth' expired-certificate version
check "a stranger's client certificate" says 'error auth' stranger-certificate version
check "the server's certificate ended" says 'error tls cert-expired transient' expired-server version
check "days left of the server's certificate, by its server name" says 'days 4' expiring-server version
check 'another authority' says 'error tls cert-untrusted' wrong-ca version
check 'another name' says 'error tls cert-name' wrong-name version
check 'may I: yes' says yes token may list secrets
check 'may I: no' says no limited may list secrets
check 'readiness' says 'ready 1 checks many' token ready
check 'discovery' says '' token discover
check 'writes' says '' token writes
check 'lists and watches' says 'objects 119 streaming 1 watches 1' token watch
tap_end
