// Signs in as programs with ethers and siwe do.

import { Wallet } from "ethers";
import { SiweMessage } from "siwe";
import { originOf, run } from "./harness.mjs";

const origin = originOf(process.argv[2], "ethers.mjs");

await run("ethers", origin, () => {
  const wallet = Wallet.createRandom();
  return {
    address: wallet.address,
    message: ({ domain, address, statement, uri, version, chainId, nonce, issuedAt, expirationTime }) =>
      new SiweMessage({
        domain,
        address,
        statement,
        uri,
        version,
        chainId,
        nonce,
        issuedAt,
        expirationTime,
      }).prepareMessage(),
    sign: (message) => wallet.signMessage(message),
  };
});
