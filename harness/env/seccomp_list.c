/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seccomp_list.c - the system calls that the container may make. Every one of them is in Docker's default profile too;
 * docs/container.md says which of Docker's are left out, and why. */
#include "env/seccomp.h"

#include <seccomp.h>

#define S(name) SCMP_SYS(name)

const int seccomp_allowed[] = {
	S(accept), S(accept4), S(access), S(alarm), S(arch_prctl), S(bind), S(brk), S(capget), S(capset), S(chdir),
	S(chmod), S(chown), S(clock_getres), S(clock_gettime), S(clock_nanosleep), S(close), S(close_range),
	S(connect), S(copy_file_range), S(creat), S(dup), S(dup2), S(dup3), S(epoll_create), S(epoll_create1),
	S(epoll_ctl), S(epoll_pwait), S(epoll_pwait2), S(epoll_wait), S(eventfd), S(eventfd2), S(execve), S(execveat),
	S(exit), S(exit_group), S(faccessat), S(faccessat2), S(fadvise64), S(fallocate), S(fchdir), S(fchmod),
	S(fchmodat), S(fchown), S(fchownat), S(fcntl), S(fdatasync), S(fgetxattr), S(flistxattr), S(flock), S(fork),
	S(fremovexattr), S(fsetxattr), S(fstat), S(fstatfs), S(fsync), S(ftruncate), S(futex), S(futex_waitv),
	S(futimesat), S(get_robust_list), S(getcpu), S(getcwd), S(getdents), S(getdents64), S(getegid), S(geteuid),
	S(getgid), S(getgroups), S(getitimer), S(getpeername), S(getpgid), S(getpgrp), S(getpid), S(getppid),
	S(getpriority), S(getrandom), S(getresgid), S(getresuid), S(getrlimit), S(getrusage), S(getsid),
	S(getsockname), S(getsockopt), S(gettid), S(gettimeofday), S(getuid), S(getxattr), S(inotify_add_watch),
	S(inotify_init), S(inotify_init1), S(inotify_rm_watch), S(io_cancel), S(io_destroy), S(io_getevents),
	S(io_pgetevents), S(io_setup), S(io_submit), S(ioctl), S(ioprio_get), S(ioprio_set), S(kill),
	S(landlock_add_rule), S(landlock_create_ruleset), S(landlock_restrict_self), S(lchown), S(lgetxattr), S(link),
	S(linkat), S(listen), S(listxattr), S(llistxattr), S(lremovexattr), S(lseek), S(lsetxattr), S(lstat),
	S(madvise), S(membarrier), S(memfd_create), S(mincore), S(mkdir), S(mkdirat), S(mknod), S(mknodat), S(mlock),
	S(mlock2), S(mlockall), S(mmap), S(mprotect), S(mq_getsetattr), S(mq_notify), S(mq_open), S(mq_timedreceive),
	S(mq_timedsend), S(mq_unlink), S(mremap), S(msgctl), S(msgget), S(msgrcv), S(msgsnd), S(msync), S(munlock),
	S(munlockall), S(munmap), S(nanosleep), S(newfstatat), S(open), S(openat), S(openat2), S(pause),
	S(pidfd_open), S(pidfd_send_signal), S(pipe), S(pipe2), S(pkey_alloc), S(pkey_free), S(pkey_mprotect),
	S(poll), S(ppoll), S(prctl), S(pread64), S(preadv), S(preadv2), S(prlimit64), S(process_mrelease),
	S(pselect6), S(pwrite64), S(pwritev), S(pwritev2), S(read), S(readahead), S(readlink), S(readlinkat),
	S(readv), S(recvfrom), S(recvmmsg), S(recvmsg), S(removexattr), S(rename), S(renameat), S(renameat2),
	S(restart_syscall), S(rmdir), S(rseq), S(rt_sigaction), S(rt_sigpending), S(rt_sigprocmask),
	S(rt_sigqueueinfo), S(rt_sigreturn), S(rt_sigsuspend), S(rt_sigtimedwait), S(rt_tgsigqueueinfo),
	S(sched_get_priority_max), S(sched_get_priority_min), S(sched_getaffinity), S(sched_getattr),
	S(sched_getparam), S(sched_getscheduler), S(sched_rr_get_interval), S(sched_setaffinity), S(sched_setattr),
	S(sched_setparam), S(sched_setscheduler), S(sched_yield), S(seccomp), S(select), S(semctl), S(semget),
	S(semop), S(semtimedop), S(sendfile), S(sendmmsg), S(sendmsg), S(sendto), S(set_robust_list),
	S(set_tid_address), S(setfsgid), S(setfsuid), S(setgid), S(setgroups), S(setitimer), S(setpgid),
	S(setpriority), S(setregid), S(setresgid), S(setresuid), S(setreuid), S(setrlimit), S(setsid), S(setsockopt),
	S(setuid), S(setxattr), S(shmat), S(shmctl), S(shmdt), S(shmget), S(shutdown), S(sigaltstack), S(signalfd),
	S(signalfd4), S(socketpair), S(splice), S(stat), S(statfs), S(statx), S(symlink), S(symlinkat), S(sync),
	S(sync_file_range), S(syncfs), S(sysinfo), S(tee), S(tgkill), S(time), S(timer_create), S(timer_delete),
	S(timer_getoverrun), S(timer_gettime), S(timer_settime), S(timerfd_create), S(timerfd_gettime),
	S(timerfd_settime), S(times), S(tkill), S(truncate), S(umask), S(uname), S(unlink), S(unlinkat), S(utime),
	S(utimensat), S(utimes), S(vfork), S(vmsplice), S(wait4), S(waitid), S(write), S(writev),
};
const size_t seccomp_allowed_n = sizeof(seccomp_allowed) / sizeof(*seccomp_allowed);
