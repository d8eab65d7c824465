#!/usr/bin/perl
# Perl's Net::SMPP as a server: perl net-smpp.pl PORT
use strict;
use warnings;
use Net::SMPP;

$SIG{CHLD} = 'IGNORE';
my $listener = Net::SMPP->new_listen('127.0.0.1', port => $ARGV[0], smpp_version => 0x34) or die "listen: $!";
my %answers = (
    Net::SMPP::CMD_bind_transceiver => sub { $_[0]->bind_transceiver_resp(seq => $_[1]{seq}, status => 0, system_id => 'perl') },
    Net::SMPP::CMD_bind_receiver    => sub { $_[0]->bind_receiver_resp(seq => $_[1]{seq}, status => 0, system_id => 'perl') },
    Net::SMPP::CMD_bind_transmitter => sub { $_[0]->bind_transmitter_resp(seq => $_[1]{seq}, status => 0, system_id => 'perl') },
    Net::SMPP::CMD_submit_sm        => sub { $_[0]->submit_sm_resp(seq => $_[1]{seq}, status => 0, message_id => '1') },
    Net::SMPP::CMD_submit_multi     => sub {
        $_[0]->submit_multi_resp(seq => $_[1]{seq}, status => 0, message_id => '1', destination_addr => [], error_status_code => [0]);
    },
    Net::SMPP::CMD_enquire_link     => sub { $_[0]->enquire_link_resp(seq => $_[1]{seq}, status => 0) },
    Net::SMPP::CMD_unbind           => sub { $_[0]->unbind_resp(seq => $_[1]{seq}, status => 0) },
);
while (1) {
    my $session = $listener->accept or next;
    next if fork;
    while (my $pdu = $session->read_pdu) {
        my $answer = $answers{ $pdu->{cmd} } or next;
        $answer->($session, $pdu);
        last if $pdu->{cmd} == Net::SMPP::CMD_unbind;
    }
    exit;
}
