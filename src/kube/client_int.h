// SPDX-License-Identifier: Apache-2.0
/* What lists, watches and discovery need of a cluster beyond client.h. */
#ifndef LEEWAY_KUBE_CLIENT_INT_H
#define LEEWAY_KUBE_CLIENT_INT_H

#include "kube/client.h"

struct loop *kube_cluster_loop(const struct kube_cluster *c);
const struct clock *kube_cluster_clock(const struct kube_cluster *c);
struct log *kube_cluster_log(const struct kube_cluster *c);
enum kube_state kube_cluster_state(const struct kube_cluster *c);
uint64_t kube_cluster_random(struct kube_cluster *c);
/* delay × 0.5 to 1.5 */
int64_t kube_cluster_jitter(struct kube_cluster *c, int64_t delay_ms);

/* kube_send, with on_done and on_chunk getting a copy of these bytes as ctx, which lives as long as
 * the call. */
struct kube_call *kube_send_with(struct kube_cluster *c, const struct kube_request *r,
                                 const void *ctx, size_t size);

/* Does the server stream lists (sendInitialEvents)? Found out once a cluster. */
enum kube_streams { KUBE_STREAMS_UNKNOWN, KUBE_STREAMS_YES, KUBE_STREAMS_NO };
enum kube_streams kube_cluster_streams(const struct kube_cluster *c);
void kube_cluster_set_streams(struct kube_cluster *c, enum kube_streams s);
/* When its connections were last given up (boot time); 0: never. */
int64_t kube_cluster_lane_reset_ms(const struct kube_cluster *c, enum kube_lane lane);
void kube_cluster_count_watch(struct kube_cluster *c, int by);

#endif
