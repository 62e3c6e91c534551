# SPDX-License-Identifier: MIT
# Hashes, closures, regular expressions, sprintf and sort: perl's own allocation habits.
use strict;
use warnings;

my (%by, @made);
for my $i (1 .. 6000) {
	my $line = sprintf("item %05d of lot %d, %s", $i, $i % 37, 'x' x ($i % 50));
	my ($number, $lot) = $line =~ /item (\d+) of lot (\d+)/ or die;
	push @{ $by{$lot}{list} }, { number => $number, text => uc $line };
	push @made, sub { return $number + $lot } if $i % 3 == 0;
}
my $sum = 0;
$sum += $_->() for @made;
for my $lot (sort { $a <=> $b } keys %by) {
	my @sorted = sort { $b->{number} <=> $a->{number} } @{ $by{$lot}{list} };
	$sum += length join '|', map { $_->{text} } @sorted;
}
print "$sum ", scalar(keys %by), "\n";
