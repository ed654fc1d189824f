#!/usr/bin/env perl
# A client that uses only Perl's core modules. Perl's hashes give the JSON another order of keys in every run.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha384_hex);
use HTTP::Tiny;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Time::HiRes qw(time);

$| = 1;
my $http = HTTP::Tiny->new(timeout => 20);
my $json = JSON::PP->new->space_before;

sub call {
    my ($desk, $path, %parameters) = @_;
    my $text = $json->encode({ %parameters, request => $path, nonce => sprintf('%.0f', time * 1e6) });
    $text =~ s/"expires_in_hrs" :24/"expires_in_hrs" :24.0/;
    my $payload = encode_base64($text, '');
    my $response = $http->post("$ENV{BASE_URL}$path", { headers => {
        'Content-Type'       => 'text/plain',
        'Content-Length'     => 0,
        'Cache-Control'      => 'no-cache',
        'X-GEMINI-APIKEY'    => $ENV{"${desk}_KEY"},
        'X-GEMINI-PAYLOAD'   => $payload,
        'X-GEMINI-SIGNATURE' => hmac_sha384_hex($payload, $ENV{"${desk}_SECRET"}),
    } });
    print "$response->{content}\n";
    return decode_json($response->{content});
}

my %terms = (symbol => 'BtcUsd', amount => '100', price => '9500.00');
my %order = (%terms, side => 'buy', counterparty_id => $ENV{COUNTERPARTY_ID}, expires_in_hrs => 24);

my $placed = call('INITIATOR', '/v1/clearing/new', %order);
call('INITIATOR', '/v1/clearing/status', clearing_id => $placed->{clearing_id});
call('COUNTERPARTY', '/v1/clearing/confirm', %terms, side => 'sell', clearing_id => $placed->{clearing_id});

$placed = call('INITIATOR', '/v1/clearing/new', %order);
call('INITIATOR', '/v1/clearing/cancel', clearing_id => $placed->{clearing_id});
call('INITIATOR', '/v1/clearing/status', clearing_id => $placed->{clearing_id});
