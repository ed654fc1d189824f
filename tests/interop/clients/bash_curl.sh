#!/usr/bin/env bash
# A client that uses only bash, openssl and curl.
set -euo pipefail

call() { # key, secret, path, parameters
    local payload signature
    payload=$(printf '{\n  %s"nonce": "%s",\n  "request": "%s"\n}\n' "$4" "$(date +%s%N)" "$3" | base64 | tr -d '\n')
    signature=$(printf '%s' "$payload" | openssl dgst -sha384 -hmac "$2" | sed 's/^.* //')
    curl --silent --show-error --max-time 20 --request POST \
        --header 'Content-Length: 0' --header 'Content-Type: text/plain' --header 'Cache-Control: no-cache' \
        --header "X-GEMINI-APIKEY: $1" --header "X-GEMINI-PAYLOAD: $payload" --header "X-GEMINI-SIGNATURE: $signature" \
        "$BASE_URL$3"
    echo
}
initiator() { call "$INITIATOR_KEY" "$INITIATOR_SECRET" "$@"; }
counterparty() { call "$COUNTERPARTY_KEY" "$COUNTERPARTY_SECRET" "$@"; }
clearing_id() { sed 's/.*"clearing_id" *: *"\([^"]*\)".*/\1/'; }

terms='"symbol": "BTCUSD", "amount": "100", "price": "9500.00", '
order="$terms\"side\": \"buy\", \"counterparty_id\": \"$COUNTERPARTY_ID\", \"expires_in_hrs\": 24.0, "

placed=$(initiator /v1/clearing/new "$order")
echo "$placed"
id=$(echo "$placed" | clearing_id)
initiator /v1/clearing/status "\"clearing_id\": \"$id\", "
counterparty /v1/clearing/confirm "$terms\"side\": \"sell\", \"clearing_id\": \"$id\", "

placed=$(initiator /v1/clearing/new "$order")
echo "$placed"
id=$(echo "$placed" | clearing_id)
initiator /v1/clearing/cancel "\"clearing_id\": \"$id\", "
initiator /v1/clearing/status "\"clearing_id\": \"$id\", "
