# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libschema.a
libschema_a_SOURCES = src/schema/schema.c src/schema/schema.h
