# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A fleet whose blueprint has everything that is not known when it is planned first: an address that
# the cluster gives, handed to another module, and a secret. late_fleet FOLDER makes it there.
late_fleet() { # FOLDER CONTEXT...
    local folder=$1
    shift
    mkdir -p "$folder"/catalog/{modules/{door,house}/1.0.0,blueprints/street,guardrails}
    cat >"$folder/leeway.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: late}
spec:
  inventory:
    - kubeconfig: {contexts: [$(printf '"%s",' "$@")], labels: {tier: dev}}
  catalogs: [catalog]
END
    cat >"$folder/catalog/modules/door/1.0.0/module.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: door}
spec:
  version: 1.0.0
  outputs:
    address: {type: string, value: "${resources.service.status.loadBalancer.ingress[0].ip}"}
  resources:
    - id: service
      readyWhen: resources.service.?status.loadBalancer.ingress.orValue([]).size() > 0
      template:
        apiVersion: v1
        kind: Service
        metadata: {name: door}
        spec: {type: LoadBalancer, selector: {app: house}, ports: [{name: http, port: 80, protocol: TCP}]}
END
    cat >"$folder/catalog/modules/house/1.0.0/module.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: house}
spec:
  version: 1.0.0
  parameters:
    type: object
    properties:
      image: {type: string}
      password: {type: string, x-secret: true}
  inputs:
    address: {type: string}
  resources:
    - id: keys
      template:
        apiVersion: v1
        kind: Secret
        metadata: {name: keys}
        stringData: {password: "${params.password}", url: "postgres://app:${params.password}@db"}
    - id: house
      dependsOn: [keys]
      template:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: house}
        spec:
          replicas: 1
          selector: {matchLabels: {app: house}}
          template:
            metadata: {labels: {app: house}}
            spec:
              containers:
                - name: house
                  image: ${params.image}
                  env:
                    - {name: ADDRESS, value: "http://${inputs.address}/"}
END
    cat >"$folder/catalog/blueprints/street/1.0.0.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: street}
spec:
  version: 1.0.0
  parameters:
    type: object
    required: [image]
    properties:
      image: {type: string}
      password: {type: string, x-secret: true}
  modules:
    - {name: door, module: door, version: "1"}
    - {name: house, module: house, version: "1", params: {image: "${params.image}", password: "${params.password}"},
       inputs: {address: "${modules.door.outputs.address}"}}
  outputs:
    address: "${modules.door.outputs.address}"
    image: "image ${params.image}"
    login: "app:${params.password}"
END
    cat >"$folder/catalog/guardrails/address.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: no-forbidden-address}
spec:
  action: Deny
  match: {resources: [{groups: [apps], kinds: [Deployment]}]}
  validations:
    - expression: "!object.spec.template.spec.containers.exists(c, c.?env.orValue([]).exists(e, e.?value.orValue('').contains('198.51.100.')))"
      message: that address belongs to somebody else
END
}
