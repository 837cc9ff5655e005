// Signs in as programs with viem do.

import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { createSiweMessage } from "viem/siwe";
import { originOf, run } from "./harness.mjs";

const origin = originOf(process.argv[2], "viem.mjs");

await run("viem", origin, () => {
  const account = privateKeyToAccount(generatePrivateKey());
  return {
    address: account.address,
    message: ({ domain, address, statement, uri, version, chainId, nonce, issuedAt, expirationTime }) =>
      createSiweMessage({
        domain,
        address,
        statement,
        uri,
        version,
        chainId,
        nonce,
        issuedAt: new Date(issuedAt),
        expirationTime: expirationTime && new Date(expirationTime),
      }),
    sign: (message) => account.signMessage({ message }),
  };
});
