# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libkube.a
libkube_a_SOURCES = \
	src/kube/access.h \
	src/kube/client.h \
	src/kube/credentials.h \
	src/kube/discovery.h \
	src/kube/http.h \
	src/kube/resolver.h \
	src/kube/status.h \
	src/kube/transport.h \
	src/kube/watch.h \
	src/kube/write.h
