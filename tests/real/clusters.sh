#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# leeway get on real API servers: versions, identity, nodes with every condition, aliases, watches
# followed, and each way in which a cluster can be out of reach.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
leeway=${LEEWAY:-${top_builddir:-.}/leeway}
[ -x "$leeway" ] || { echo 'Bail out! leeway is not built'; exit 1; }
clusters_start --count 2
cp=$CONTROLPLANE

json() { "$leeway" get "$@" -o json; }
is() { [ "$1" = "$2" ] || { printf 'wanted: %s\ngot: %s\n' "$2" "$1"; return 1; }; }
# field FILE NAME...: of the first item
field() { grep -o "\"$2\": [^,]*" "$1" | head -1 | sed 's/^[^:]*: //; s/"//g'; }

node() { # name cluster-version ready(True|False|Unknown) [memory-pressure]
    kubectl --context c1 create -f - >/dev/null <<<"{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"$1\",\"labels\":{\"topology.kubernetes.io/region\":\"eu-test\",\"node-role.kubernetes.io/worker\":\"\"}},\"spec\":{\"providerID\":\"aws:///eu/$1\"}}"
    kubectl --context c1 patch node "$1" --subresource=status --type=merge -p "{\"status\":{\"nodeInfo\":{\"kubeletVersion\":\"$2\",\"osImage\":\"Debian\",\"architecture\":\"amd64\",\"bootID\":\"\",\"containerRuntimeVersion\":\"\",\"kernelVersion\":\"\",\"kubeProxyVersion\":\"\",\"machineID\":\"\",\"operatingSystem\":\"linux\",\"systemUUID\":\"\"},\"allocatable\":{\"cpu\":\"3920m\",\"memory\":\"16Gi\",\"pods\":\"110\"},\"conditions\":[{\"type\":\"Ready\",\"status\":\"$3\",\"message\":\"kubelet stopped posting\",\"lastTransitionTime\":\"2026-01-02T03:04:05Z\"},{\"type\":\"MemoryPressure\",\"status\":\"${4:-False}\"}]}}" >/dev/null
}

answers() {
    json clusters --context c1 >"$scratch/c1.json"
    is "$(field "$scratch/c1.json" identity)" admin
    is "$(field "$scratch/c1.json" uid)" "$(kubectl --context c1 get namespace kube-system -o 'jsonpath={.metadata.uid}')"
    is "v$(field "$scratch/c1.json" kubernetes)" "$(kubectl --context c1 get --raw /version | sed -n 's/.*"gitVersion": "\([^"]*\)".*/\1/p')"
    is "$(field "$scratch/c1.json" weakIdentity)" false
    is "$(field "$scratch/c1.json" reason)" 'no nodes'
}
check 'a cluster says who it is and who we are' answers

same_namespaces() {
    is "$("$leeway" get namespaces -o name | sort)" \
        "$(for c in c1 c2; do kubectl --context $c get namespaces -o name | sed "s|namespace/|$c/|"; done | sort)"
}
check 'namespaces are those that kubectl sees' same_namespaces
many_namespaces() {
    for i in $(seq 300); do
        printf '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"many-%s","annotations":{"text":"%0500d"}}}\n' "$i" 0
    done | kubectl --context c2 create -f - >/dev/null
    same_namespaces
}
check 'also when there are more than fit into one read' many_namespaces

with_nodes() {
    node n1 v1.37.2 True
    node n2 v1.37.2 Unknown
    node n3 v1.33.0 True True
    kubectl --context c1 cordon n3 >/dev/null
    json clusters --context c1 >"$scratch/c1.json"
    is "$(field "$scratch/c1.json" state)" degraded
    is "$(field "$scratch/c1.json" reason)" '2 of 3 nodes ready'
    is "$(field "$scratch/c1.json" since)" 2026-01-02T03:04:05Z
    is "$(field "$scratch/c1.json" region)" eu-test
    is "$(field "$scratch/c1.json" provider)" aws
    is "$(field "$scratch/c1.json" cpuMilli)" 11760
}
check 'nodes, their state and what they tell about the cluster' with_nodes
is_first_node() { is "$("$leeway" get nodes -o name | head -1)" c1/n2; }
check 'the worst node stands first' is_first_node

scenario() { # file, words: unknown, exit status 3, and the reason
    local said status=0
    said=$("$leeway" get clusters --kubeconfig "$cp/kubeconfig/$1" --context c1 -o json) || status=$?
    printf '%s\n' "$said" >"$scratch/out"
    is $status 3
    is "$(field "$scratch/out" state)" unknown
    case $said in *"$2"*) ;; *) printf '%s\n' "$said"; return 1 ;; esac
}
check 'a wrong token' scenario bad-token Unauthorized
check 'a certificate of our own that has ended' scenario expired-certificate Unauthorized
check 'a server certificate that has ended' scenario expired-server expired
check 'another authority' scenario wrong-ca certificate
check 'another name' scenario wrong-name certificate

all_ways() {
    for k in token token-file certificate certificate-files insecure; do
        "$leeway" get clusters --kubeconfig "$cp/kubeconfig/$k" --context c1 -o json >"$scratch/out"
        is "$(field "$scratch/out" identity)" admin || is "$(field "$scratch/out" state)" degraded
    done
}
check 'every way to log in' all_ways

limited() {
    local status=0
    "$leeway" get clusters --kubeconfig "$cp/kubeconfig/limited" --context c1 -o json >"$scratch/out" || status=$?
    is $status 0
    is "$(field "$scratch/out" weakIdentity)" true
    is "$(field "$scratch/out" nodes)" null
    status=0
    "$leeway" get nodes --kubeconfig "$cp/kubeconfig/limited" --context c1 2>"$scratch/err" || status=$?
    is $status 3
    grep -q 'c1: not known' "$scratch/err"
}
check 'what may not be read is unknown, never empty' limited

twins() {
    cp -- "$cp/kubeconfig/token" "$scratch/twins"
    kubectl --kubeconfig "$scratch/twins" config set-context c1again --cluster="$(kubectl --kubeconfig "$scratch/twins" config view -o 'jsonpath={.contexts[?(@.name=="c1")].context.cluster}')" --user="$(kubectl --kubeconfig "$scratch/twins" config view -o 'jsonpath={.contexts[?(@.name=="c1")].context.user}')" >/dev/null
    "$leeway" get clusters --kubeconfig "$scratch/twins" -o json >"$scratch/out"
    is "$(grep -c '"uid"' "$scratch/out")" 2
    grep -q '"aliases": "c1' "$scratch/out"
}
check 'two contexts of one cluster are one row' twins

# Two ways to c1: through a forwarder that can be ended, and straight.
cat >"$scratch/forward.py" <<'END'
import asyncio, sys
async def pump(r, w):
    try:
        while data := await r.read(65536):
            w.write(data)
            await w.drain()
    except OSError:
        pass
    finally:
        w.close()
async def meet(r, w):
    other = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    await asyncio.gather(pump(r, other[1]), pump(other[0], w))
async def main():
    s = await asyncio.start_server(meet, "127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(s.sockets[0].getsockname()[1], flush=True)
    await s.serve_forever()
asyncio.run(main())
END
forward() { # [PORT]
    python3 "$scratch/forward.py" "$(cat "$cp/port/1")" "$@" >"$scratch/forward" 2>/dev/null &
    forwarder=$!
    local i
    for i in $(seq 100); do [ -s "$scratch/forward" ] && return; sleep 0.1; done
    return 1
}
routes() {
    local port server user status=0 i
    forward
    port=$(cat "$scratch/forward")
    server=$(kubectl config view --raw -o 'jsonpath={.clusters[?(@.name=="c1")].cluster.server}')
    user=$(kubectl config view -o 'jsonpath={.contexts[?(@.name=="c1")].context.user}')
    cp -- "$cp/kubeconfig/token" "$scratch/routes"
    kubectl --kubeconfig "$scratch/routes" config set-cluster far --server="https://127.0.0.1:$port" \
        --certificate-authority="$cp/pki/ca.crt" >/dev/null
    kubectl --kubeconfig "$scratch/routes" config set-context c1 --cluster=far --user="$user" >/dev/null
    kubectl --kubeconfig "$scratch/routes" config set-context straight --cluster=c1 --user="$user" >/dev/null
    kubectl --kubeconfig "$scratch/routes" config delete-context c2 >/dev/null
    XDG_STATE_HOME=$scratch/routes.state
    export XDG_STATE_HOME
    "$leeway" get clusters --kubeconfig "$scratch/routes" --context c1 >/dev/null || status=$?
    "$leeway" get clusters --kubeconfig "$scratch/routes" -o json >"$scratch/out" || status=$?
    is "$(grep -c '"uid"' "$scratch/out")" 1
    is "$(field "$scratch/out" aliases)" straight
    "$leeway" get clusters --kubeconfig "$scratch/routes" --watch -o json >"$scratch/watch" 2>"$scratch/err" &
    local pid=$!
    for i in $(seq 100); do grep -q "$port" "$scratch/watch" && grep -q '"nodes":2' "$scratch/watch" && break; sleep 0.1; done
    kill "$forwarder"
    for i in $(seq 150); do tail -1 "$scratch/watch" | grep -q "$server" && tail -1 "$scratch/watch" | grep -q '"reach":"ok"' && break; sleep 0.1; done
    tail -1 "$scratch/watch" | grep -q "$server" || { tail -n 3 "$scratch/watch"; cat "$scratch/err"; return 1; }
    # what is watched goes on by the other way
    kubectl --context c1 label namespace default routes=two --overwrite >/dev/null
    kubectl --context c1 create namespace "by-another-way" >/dev/null
    for i in $(seq 100); do tail -1 "$scratch/watch" | grep -q '"state":"ok"' && break; sleep 0.1; done
    kill -INT $pid
    wait $pid || status=$?
    # begun while the first way is closed, it is found by the second
    "$leeway" get namespaces --kubeconfig "$scratch/routes" >"$scratch/out" 2>"$scratch/err" || true
    grep -q 'by-another-way' "$scratch/out"
}
check 'one cluster by two ways: when one is closed, the other is taken' routes

one_is_dark() {
    "$real/controlplane" pause-apiserver "$cp" 2
    local status=0 begin end
    begin=$(date +%s)
    "$leeway" get clusters --timeout 3s >"$scratch/out" || status=$?
    end=$(date +%s)
    "$real/controlplane" resume-apiserver "$cp" 2
    is $status 3
    grep -q '^c1 .*degraded' "$scratch/out"
    grep -q '^c2 .*unknown' "$scratch/out"
    [ $((end - begin)) -le 8 ]
}
check 'one silent cluster delays nobody' one_is_dark

follow() {
    "$leeway" get clusters --context c1 --watch -o json >"$scratch/watch" &
    local pid=$! i
    for i in $(seq 100); do grep -q '"state":"degraded"' "$scratch/watch" && break; sleep 0.1; done
    kubectl --context c1 patch node n2 --subresource=status --type=merge -p '{"status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-02T03:04:05Z"}]}}' >/dev/null
    kubectl --context c1 delete node n3 >/dev/null
    for i in $(seq 100); do tail -1 "$scratch/watch" | grep -q '"state":"ok"' && break; sleep 0.1; done
    kill -INT $pid
    local status=0
    wait $pid || status=$?
    tail -1 "$scratch/watch" | grep -q '"state":"ok"'
    is $status 130
}
check 'a change of a node is followed' follow

tap_end
