/* The round's time, sleep that passes at once, and polls. Stdin holds the round's time in seconds. */
#include "check.h"
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull

static uint64_t now(__wasi_clockid_t id) {
  __wasi_timestamp_t time = 0;
  check("clock_time_get", __wasi_clock_time_get(id, 0, &time), 0);
  return time;
}

static __wasi_subscription_t timer(uint64_t userdata, __wasi_clockid_t id, uint64_t timeout, int absolute) {
  __wasi_subscription_t subscription = {.userdata = userdata, .u.tag = __WASI_EVENTTYPE_CLOCK};
  subscription.u.u.clock.id = id;
  subscription.u.u.clock.timeout = timeout;
  subscription.u.u.clock.flags = absolute ? __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME : 0;
  return subscription;
}

static __wasi_subscription_t ready(uint64_t userdata, __wasi_eventtype_t type, __wasi_fd_t fd) {
  __wasi_subscription_t subscription = {.userdata = userdata, .u.tag = type};
  subscription.u.u.fd_read.file_descriptor = fd;
  return subscription;
}

static __wasi_event_t events[80];
static __wasi_subscription_t many[65];
static __wasi_size_t stored;

static void clocks(uint64_t round) {
  check("the real time is the round's", now(__WASI_CLOCKID_REALTIME), round);
  check("the real time stands still", now(__WASI_CLOCKID_REALTIME), round);
  check("the monotonic clock does not read 0", now(__WASI_CLOCKID_MONOTONIC) > 0, 1);
  check("the process's clock runs with it", now(__WASI_CLOCKID_PROCESS_CPUTIME_ID), now(__WASI_CLOCKID_MONOTONIC));
  check("the thread's clock runs with it", now(__WASI_CLOCKID_THREAD_CPUTIME_ID), now(__WASI_CLOCKID_MONOTONIC));
  __wasi_timestamp_t time = 0;
  check("an unknown clock", __wasi_clock_time_get(4, 0, &time), __WASI_ERRNO_INVAL);
  for (int id = 0; id < 4; id++) {
    check("clock_res_get", __wasi_clock_res_get(id, &time), 0);
    check("the resolution is 1 ns", time, 1);
  }
  check("the resolution of an unknown clock", __wasi_clock_res_get(4, &time), __WASI_ERRNO_INVAL);
}

static void sleeping(void) {
  uint64_t real = now(__WASI_CLOCKID_REALTIME), monotonic = now(__WASI_CLOCKID_MONOTONIC);
  struct timespec nap = {.tv_sec = 3600, .tv_nsec = 5};
  check("nanosleep", nanosleep(&nap, NULL), 0);
  check("sleep moves the real time", now(__WASI_CLOCKID_REALTIME) - real, 3600 * SECOND + 5);
  check("sleep moves the monotonic clock", now(__WASI_CLOCKID_MONOTONIC) - monotonic, 3600 * SECOND + 5);
  check("time()", time(NULL), (real + 3600 * SECOND) / SECOND);
  monotonic = now(__WASI_CLOCKID_MONOTONIC);
  check("sched_yield", sched_yield(), 0);
  check("a yield lets a slice pass", now(__WASI_CLOCKID_MONOTONIC) - monotonic, SECOND / 1000);
}

static void timers(void) {
  uint64_t before = now(__WASI_CLOCKID_MONOTONIC);
  __wasi_subscription_t two[] = {timer(1, __WASI_CLOCKID_MONOTONIC, 9 * SECOND, 0),
                                 timer(2, __WASI_CLOCKID_REALTIME, 4 * SECOND, 0)};
  check("poll of two timers", __wasi_poll_oneoff(two, events, 2, &stored), 0);
  check("the first timer alone is due", stored, 1);
  check("its userdata comes back", events[0].userdata, 2);
  check("its type", events[0].type, __WASI_EVENTTYPE_CLOCK);
  check("its error", events[0].error, 0);
  check("the clock stands at it", now(__WASI_CLOCKID_MONOTONIC) - before, 4 * SECOND);
  two[0] = timer(3, __WASI_CLOCKID_MONOTONIC, before + 5 * SECOND, 1);
  two[1] = timer(4, __WASI_CLOCKID_REALTIME, 1, 1);
  check("poll of absolute timers", __wasi_poll_oneoff(two, events, 2, &stored), 0);
  check("what is past is due at once", stored == 1 && events[0].userdata == 4, 1);
  check("no time passes", now(__WASI_CLOCKID_MONOTONIC) - before, 4 * SECOND);
  check("poll of one absolute timer", __wasi_poll_oneoff(two, events, 1, &stored), 0);
  check("sleeps until then", now(__WASI_CLOCKID_MONOTONIC) - before, 5 * SECOND);
  two[0] = timer(5, 9, 1, 0);
  check("poll of an unknown clock", __wasi_poll_oneoff(two, events, 1, &stored), 0);
  check("is an event's error", stored == 1 ? events[0].error : -1, __WASI_ERRNO_INVAL);
}

static void descriptors(void) {
  uint64_t before = now(__WASI_CLOCKID_MONOTONIC);
  __wasi_subscription_t some[] = {
      ready(1, __WASI_EVENTTYPE_FD_READ, 0), timer(2, __WASI_CLOCKID_MONOTONIC, SECOND, 0),
      ready(3, __WASI_EVENTTYPE_FD_WRITE, 1), ready(4, __WASI_EVENTTYPE_FD_READ, 12),
      ready(5, __WASI_EVENTTYPE_FD_READ, 1), timer(6, __WASI_CLOCKID_MONOTONIC, 0, 0)};
  check("poll of descriptors", __wasi_poll_oneoff(some, events, 6, &stored), 0);
  check("all but the timer", stored, 5);
  check("stdin is ready", events[0].userdata == 1 && events[0].error == 0, 1);
  check("at its end", events[0].fd_readwrite.nbytes, 0);
  check("which is a hang-up", events[0].fd_readwrite.flags, __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP);
  check("stdout is ready", events[1].userdata == 3 && events[1].error == 0, 1);
  check("for more than nothing", events[1].fd_readwrite.nbytes > 0, 1);
  check("a closed descriptor", events[2].error, __WASI_ERRNO_BADF);
  check("reading from stdout", events[3].error, __WASI_ERRNO_NOTCAPABLE);
  check("a timer of 0", events[4].userdata, 6);
  check("no time passes for what is ready", now(__WASI_CLOCKID_MONOTONIC) - before, 0);
  struct pollfd fds[] = {{.fd = 0, .events = POLLRDNORM}, {.fd = 1, .events = POLLWRNORM}};
  check("poll()", poll(fds, 2, 1000), 2);
  check("poll() with nothing to wait for", poll(fds, 0, 250), 0);
  check("sleeps", now(__WASI_CLOCKID_MONOTONIC) - before, SECOND / 4);
}

static void bounds(void) {
  check("no subscription", __wasi_poll_oneoff(many, events, 0, &stored), __WASI_ERRNO_INVAL);
  for (int i = 0; i < 65; i++) many[i] = timer(i, __WASI_CLOCKID_MONOTONIC, 1, 0);
  check("64 subscriptions", __wasi_poll_oneoff(many, events, 64, &stored), 0);
  check("answer 64 events", stored, 64);
  check("65 subscriptions", __wasi_poll_oneoff(many, events, 65, &stored), __WASI_ERRNO_INVAL);
  many[0].u.tag = 3;
  check("an unknown type", __wasi_poll_oneoff(many, events, 1, &stored), __WASI_ERRNO_INVAL);
  many[0] = timer(1, __WASI_CLOCKID_MONOTONIC, UINT64_MAX, 0);
  check("a sleep without end", __wasi_poll_oneoff(many, events, 1, &stored), 0);
  check("leaves the clock in 64 bits", now(__WASI_CLOCKID_REALTIME) > SECOND, 1);
}

int main(void) {
  char seconds[32] = {0};
  read(0, seconds, sizeof seconds - 1);
  clocks(strtoull(seconds, NULL, 10) * SECOND);
  sleeping();
  timers();
  descriptors();
  bounds();
  return 0;
}
