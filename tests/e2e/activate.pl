#!/usr/bin/perl
# activate.pl SOCKET PROGRAM [ARG ...] -- listens on the socket, as a service
# manager does, and runs the program on it, again whenever it has ended.  On
# SIGUSR1 it ends it, and on SIGTERM itself, too.
use strict;
use warnings;
use IO::Socket::UNIX;
use POSIX ();

my ($path, @program) = @ARGV;
unlink $path;
my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 4096) or die "$path: $!";
chmod 0666, $path or die "$path: $!";
my ($pid, $over) = (0, 0);
$SIG{TERM} = sub { $over = 1; kill 'TERM', $pid if $pid };
$SIG{USR1} = sub { kill 'TERM', $pid if $pid };
until ($over) {
	$pid = fork() // die "fork: $!";
	if ($pid == 0) {
		$SIG{TERM} = $SIG{USR1} = 'DEFAULT';
		POSIX::dup2(fileno($socket), 3) or die "dup2: $!";
		$^F = 3;
		fcntl($socket, 2, 0) if fileno($socket) == 3;
		$ENV{LISTEN_FDS} = 1;
		$ENV{LISTEN_PID} = $$;
		exec @program or die "$program[0]: $!";
	}
	print STDERR "activate: started $pid\n";
	1 while waitpid($pid, 0) != $pid && kill(0, $pid);
}
