# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libkube.a
libkube_a_SOURCES = \
	src/kube/access.c src/kube/access.h src/kube/adopt.c src/kube/adopt.h \
	src/kube/credentials.c src/kube/credentials.h src/kube/credentials_int.h \
	src/kube/exec_plugin.c src/kube/exec_plugin.h src/kube/exec_run.c \
	src/kube/file.c src/kube/file.h \
	src/kube/kubeconfig.c src/kube/kubeconfig.h src/kube/kubeconfig_int.h \
	src/kube/kubeconfig_check.c src/kube/kubeconfig_load.c \
	src/kube/kubeconfig_read.c src/kube/kubeconfig_read.h src/kube/kubeconfig_select.c \
	src/kube/material.c src/kube/material.h \
	src/kube/provider.c \
	src/kube/proxy_env.c src/kube/proxy_env.h \
	src/kube/server_url.c src/kube/server_url.h \
	src/kube/token_file.c src/kube/token_file.h \
	src/kube/status.c src/kube/status.h \
	src/kube/transport.h src/kube/route.c \
	src/kube/resolver.c src/kube/resolver.h \
	src/kube/http.c src/kube/http.h src/kube/http_int.h \
	src/kube/http_gate.c src/kube/http_setup.c src/kube/http_end.c \
	src/kube/client.c src/kube/client.h src/kube/client_int.h src/kube/client_state.h \
	src/kube/call.c src/kube/window.c \
	src/kube/discovery.c src/kube/discovery.h src/kube/discovery_int.h \
	src/kube/discovery_fetch.c \
	src/kube/path.c \
	src/kube/list.c src/kube/watch.c src/kube/watch.h src/kube/watch_int.h \
	src/kube/watch_objects.c src/kube/watch_stream.c \
	src/kube/write.c src/kube/write.h src/kube/review.c
libkube_a_SOURCES += \
	src/kube/health.c src/kube/health.h src/kube/kstatus.c src/kube/kstatus.h \
	src/kube/managers.c src/kube/managers.h src/kube/ownership.c src/kube/ownership.h \
	src/kube/table.c src/kube/table.h
