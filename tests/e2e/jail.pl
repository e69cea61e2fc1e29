# jail.pl -- looks for a way out of a cage, from within a build.
#
# A line for each attempt that worked, and nothing for those that did not; the
# build puts them into its site.  Perl is in every Debian.  The numbers of the
# system calls are x86_64's.
use strict;
use warnings;
use Errno qw(ENOENT);

sub bad { print join(' ', @_), "\n" }

# May not work, whatever they answer: the arguments are those of success.
my $path = "/tmp/jail\0";
my $zero = "\0" x 256;
my %refused = (
	'mount' => [165, "none\0", "/tmp\0", "tmpfs\0", 0, $zero],
	'umount' => [166, "/tmp\0", 2],
	'pivot_root' => [155, "/tmp\0", "/tmp\0"],
	'chroot' => [161, "/tmp\0"],
	'unshare user' => [272, 0x10000000],
	'unshare mount' => [272, 0x00020000],
	'unshare net' => [272, 0x40000000],
	'setns' => [308, 0, 0],
	'ptrace traceme' => [101, 0, 0, 0, 0],
	'process_vm_readv' => [310, $$, $zero, 1, $zero, 1, 0],
	'add_key' => [248, "user\0", "a\0", "b\0", 1, -3],
	'keyctl' => [250, 0, -3, 1],
	'bpf' => [321, 0, $zero, 72],
	'userfaultfd' => [323, 0],
	'io_uring_setup' => [425, 8, $zero],
	'perf_event_open' => [298, $zero, 0, -1, -1, 0],
	'init_module' => [175, $zero, 16, "\0"],
	'kexec_load' => [246, 0, 0, 0, 0],
	'reboot' => [169, 0xfee1dead, 672274793, 0, 0],
	'swapon' => [167, "/tmp/x\0", 0],
	'acct' => [163, $path],
	'syslog' => [103, 3, $zero, 128],
	'sethostname' => [170, "jail", 4],
	'settimeofday' => [164, $zero, 0],
	'clock_settime' => [227, 0, $zero],
	'iopl' => [172, 3],
	'open_by_handle_at' => [304, -100, $zero, 0],
	'name_to_handle_at' => [303, -100, "/\0", $zero, $zero, 0],
	'fsopen' => [430, "tmpfs\0", 0],
	'open_tree' => [428, -100, "/\0", 1],
	'mount_setattr' => [442, -100, "/\0", 0, $zero, 32],
	'memfd_secret' => [447, 0],
	'setuid root' => [105, 0],
	'setgid root' => [106, 0],
	'setgroups' => [116, 0, 0],
	'socket packet' => [41, 17, 3, 0],
	'socket raw' => [41, 2, 3, 1],
	'socket vsock' => [41, 40, 1, 0],
	'socket alg' => [41, 38, 5, 0],
	'socket xdp' => [41, 44, 3, 0],
	'device' => [133, "/tmp/mem\0", 020666, 0x101],
);
for my $name (sort keys %refused) {
	my ($nr, @args) = @{ $refused{$name} };
	push @args, 0 while @args < 6;
	bad('call', $name) if syscall($nr, @args) != -1;
}
# A child in a user namespace of its own.
bad('call', 'clone user') if syscall(56, 0x10000011, 0, 0, 0, 0) != -1;

# What the kernel says of us.
my %status;
open(my $f, '<', '/proc/self/status') or die;
while (<$f>) { $status{$1} = $2 if /^(\w+):\s*(.*)/ }
close $f;
bad('uid', $status{Uid}) if $status{Uid} !~ /^1000\t1000\t1000\t1000$/;
bad('groups', $status{Groups}) if $status{Groups} =~ /\b0\b/;
for (qw(CapEff CapPrm CapInh CapBnd CapAmb)) {
	bad($_, $status{$_}) if hex($status{$_}) != 0;
}
bad('no_new_privs') if $status{NoNewPrivs} ne '1';
bad('seccomp') if $status{Seccomp} ne '2' && !$ENV{GVISOR};
open($f, '<', '/proc/self/uid_map') or die;
while (<$f>) { bad('uid_map', $_) if !/^\s*\d+\s+\d+\s+\d+$/ || /^\s*\d+\s+0\s/ }
close $f;

# Nothing was inherited but the three, and this look at them.
opendir(my $d, '/proc/self/fd') or die;
my @fds = grep { /^\d+$/ && $_ > 2 && defined readlink("/proc/self/fd/$_") &&
    readlink("/proc/self/fd/$_") !~ m{^/proc/\d+/fd$|/jail\.pl$} } readdir $d;
closedir $d;
bad('descriptor', $_, readlink("/proc/self/fd/$_") // '') for @fds;

# Not to be read, or not there.
for (qw(/proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/kmsg
    /proc/1/mem /proc/1/environ /dev/mem /dev/kmsg /dev/sda /dev/vda /dev/loop0
    /dev/loop-control /dev/fuse /dev/kvm /dev/net/tun /sys/kernel/uevent_helper
    /sys/firmware/dmi/tables/DMI /etc/shadow /root/.profile /var/lib/slipway)) {
	next unless open(my $h, '<', $_);
	my $n = read($h, my $buf, 64);
	bad('reads', $_) if $n;
	close $h;
}
# Not to be written.
for (qw(/proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches
    /proc/sys/kernel/hostname /proc/self/oom_score_adj.new /proc/1/oom_score_adj /etc/passwd
    /usr/bin/env /bin/sh /lib/jail /cage-init /.jail /sys/kernel/mm/ksm/run
    /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/memory/memory.limit_in_bytes)) {
	bad('writes', $_) if open(my $h, '>>', $_);
}
# What makes a process likelier to be killed than we were made may go no lower.
if (open(my $h, '>', '/proc/self/oom_score_adj')) {
	bad('oom_score_adj') if syswrite($h, "-1000\n") && close $h;
}
bad('executable') if open(my $h, '>>', '/proc/self/exe');

# Others.
opendir($d, '/proc') or die;
my @pids = grep { /^\d+$/ } readdir $d;
closedir $d;
bad('processes', scalar @pids) if @pids > 12;
if (open($f, '<', '/proc/net/unix')) {
	my @sockets = <$f>;
	bad('sockets', @sockets) if @sockets > 1;
	close $f;
}
# A mount that is not ours tells of the host.
open($f, '<', '/proc/self/mountinfo') or die;
while (<$f>) {
	my @m = split;
	bad('mount', $m[4]) if $m[4] =~ m{^/(run|var|root|home/(?!build)|etc$|boot|mnt|opt|media)};
}
close $f;
