# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libkube.a
libkube_a_SOURCES = \
	src/kube/access.h \
	src/kube/credentials.h
