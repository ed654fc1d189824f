// A desk with the npm package gemini-node-api.
import { setTimeout as pause } from 'node:timers/promises';
import { AuthenticatedClient } from 'gemini-node-api';

const { BASE_URL, COUNTERPARTY_ID } = process.env;

function desk(name) {
  return new AuthenticatedClient({
    apiUri: BASE_URL,
    url: new URL(BASE_URL),
    key: process.env[`${name}_KEY`],
    secret: process.env[`${name}_SECRET`],
  });
}

async function show(answer) {
  const shown = await answer;
  console.log(JSON.stringify(shown));
  await pause(3); // the package's nonce is milliseconds
  return shown;
}

const initiator = desk('INITIATOR');
const counterparty = desk('COUNTERPARTY');
const terms = { symbol: 'btcusd', amount: '100', price: '9500.00' };
const order = { ...terms, counterparty_id: COUNTERPARTY_ID, expires_in_hrs: 24, side: 'buy' };

let { clearing_id } = await show(initiator.newClearingOrder(order));
await show(initiator.getClearingOrderStatus({ clearing_id }));
await show(counterparty.confirmClearingOrder({ clearing_id, ...terms, side: 'sell' }));

({ clearing_id } = await show(initiator.newClearingOrder(order)));
await show(initiator.cancelClearingOrder({ clearing_id }));
await show(initiator.getClearingOrderStatus({ clearing_id }));
