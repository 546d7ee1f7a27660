# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcel.a
libcel_a_SOURCES =
