// Verifies the credentials and status lists of a file, and makes others to be verified: `node peer.mjs ours.json theirs.json`.
import {readFileSync, writeFileSync} from 'node:fs';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createSignCryptosuite, createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {BitstringStatusList} from '@digitalbazaar/vc-bitstring-status-list';
import jsigs from 'jsonld-signatures';

const {purposes: {AssertionProofPurpose}} = jsigs;
const ours = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const loaderOf = method => async url => {
  const controller = method.controller;
  if(url === method.id) {
    return {contextUrl: null, documentUrl: url, document: {'@context': 'https://w3id.org/security/multikey/v1', ...method}};
  }
  if(url === controller) {
    const document = {'@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'], id: controller, assertionMethod: [method]};
    return {contextUrl: null, documentUrl: url, document};
  }
  throw new Error(`not known: ${url}`);
};

const holds = async (document, method) => {
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const controller = {'@context': ['https://www.w3.org/ns/did/v1'], id: method.controller, assertionMethod: [method.id], verificationMethod: [method]};
  const found = await jsigs.verify(document, {suite, purpose: new AssertionProofPurpose({controller}), documentLoader: loaderOf(method)});
  return found.verified;
};

const verified = [];
for(const one of ours.credentials) {
  verified.push(await holds(one, ours.method));
}
const bits = [];
for(const one of ours.lists) {
  const list = await BitstringStatusList.decode({encodedList: one.encodedList});
  bits.push(one.indexes.map(index => list.getStatus(index)));
}

const pair = await Ed25519Multikey.generate({id: 'did:web:peer.example#k', controller: 'did:web:peer.example'});
const signed = [];
for(const one of ours.documents) {
  const suite = new DataIntegrityProof({signer: pair.signer(), cryptosuite: createSignCryptosuite()});
  signed.push(await jsigs.sign(one, {suite, purpose: new AssertionProofPurpose(), documentLoader: loaderOf(ours.method)}));
}
const list = new BitstringStatusList({length: 131072});
list.setStatus(94567, true);
const theirs = {
  verified, bits, signed,
  publicKeyMultibase: (await pair.export({publicKey: true})).publicKeyMultibase,
  encodedList: await list.encode()
};
writeFileSync(process.argv[3], JSON.stringify(theirs));
