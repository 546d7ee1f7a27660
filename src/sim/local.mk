# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libsim.a
libsim_a_SOURCES =
