# perl: fork, pipe, select, signals, files, sockets
use strict; use warnings; use IO::Socket::UNIX; use POSIX qw(:sys_wait_h); use File::Temp qw(tempdir); use Time::HiRes qw(usleep time);
my $dir = tempdir(CLEANUP => 1);
pipe(my $r, my $w) or die; my $pid = fork(); if (!$pid) { close $r; print $w "child says hi\n"; exit 7 } close $w; print <$r>; waitpid($pid, 0); print "exit ", $? >> 8, "\n";
local $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select(undef, undef, undef, 5); 
my $s = IO::Socket::UNIX->new(Local => "$dir/s", Listen => 1) or die $!; if (!fork()) { my $c = IO::Socket::UNIX->new(Peer => "$dir/s"); print $c "over unix\n"; exit 0 } my $c = $s->accept; print <$c>; wait;
open(my $f, '+>', "$dir/f") or die; print $f "abc\ndef\n"; seek $f, 0, 0; my @l = <$f>; print scalar(@l), "\n"; flock($f, 2) or die; truncate $f, 3; print -s "$dir/f", "\n";
print join(',', map { sprintf '%02d', $_ } sort { $b <=> $a } 1..5), "\n"; my $out = `echo from shell`; print $out; print "done $?\n";
