#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A mutating webhook for tests: webhook.py CERTIFICATE KEY PORT-FILE

/quiet  does nothing on a dry run, though it says that it has no side effects; else an annotation
        and another image registry
/random another value on each call, dry or not
"""
import base64, json, random, ssl, sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def patches(path, request):
    if path.startswith("/quiet") and not request.get("dryRun"):
        image = request["object"]["spec"]["template"]["spec"]["containers"][0]["image"]
        return [{"op": "replace", "path": "/spec/template/spec/containers/0/image",
                 "value": "mirror.test/" + image.removeprefix("mirror.test/")}]
    if path.startswith("/random"):
        data = dict(request["object"].get("data", {}), stamp=str(random.random()))
        return [{"op": "add", "path": "/data", "value": data}]
    return []


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        patch = json.dumps(patches(self.path, review["request"])).encode()
        answer = {"apiVersion": review["apiVersion"], "kind": review["kind"],
                  "response": {"uid": review["request"]["uid"], "allowed": True, "patchType": "JSONPatch",
                               "patch": base64.b64encode(patch).decode()}}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Hook)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(sys.argv[3], "w") as f:
    f.write(str(server.server_port))
server.serve_forever()
