# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += librender.a
librender_a_SOURCES = src/render/case.c src/render/case.h src/render/causes.c src/render/contract.c src/render/instance.c src/render/inverse.c src/render/object.c \
	src/render/ready.c src/render/render.c src/render/render.h src/render/render_int.h src/render/source.c \
	src/render/value.c
