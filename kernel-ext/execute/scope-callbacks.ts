import childProcess from "node:child_process";
import crypto from "node:crypto";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import Module from "node:module";
import net from "node:net";
import readline from "node:readline";
import stream from "node:stream";
import tls from "node:tls";
import zlib from "node:zlib";
import { replace } from "./replace.js";
import { bound, inScope, ownScope } from "./scope.js";

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Functions that store a callback by identity, or do not take one. */
const LEFT_ALONE = /Sync$|^[A-Z_]|^(?:watchFile|unwatchFile|promises|constants)$/;

/** Binds callbacks passed to `owner[name]`. */
function followCallbacks(owner: object, name: string): void {
  replace(owner, name, (original: AnyFunction) => {
    return function api(this: unknown, ...args: unknown[]) {
      if (ownScope() === undefined) return original.apply(this, args);
      return original.apply(
        this,
        args.map((argument) => bound(argument, api)),
      );
    };
  });
}

/** Makes callbacks of Node's own functions remember the scope in which they were passed. */
export function followNodeCallbacks(): void {
  for (const owner of [fs, dns, zlib, crypto]) {
    for (const name of Object.keys(owner)) {
      const { value, writable } = Object.getOwnPropertyDescriptor(owner, name)!;
      if (!LEFT_ALONE.test(name) && typeof value === "function" && writable) followCallbacks(owner, name);
    }
  }
  const others: readonly [object, readonly string[]][] = [
    [childProcess, ["exec", "execFile"]],
    [http, ["request", "get", "createServer"]],
    [https, ["request", "get", "createServer"]],
    [net, ["connect", "createConnection", "createServer"]],
    [tls, ["connect", "createServer"]],
    [stream, ["pipeline", "finished"]],
    [stream.Writable.prototype, ["write", "end"]],
    [stream.Duplex.prototype, ["write", "end"]],
    [net.Socket.prototype, ["connect", "setTimeout"]],
    [net.Server.prototype, ["listen", "close"]],
    [readline.Interface.prototype, ["question"]],
  ];
  for (const [owner, names] of others) for (const name of names) followCallbacks(owner, name);
}

/** Work started while a package loads is shared by later cells, so it belongs to no scope. */
export function loadPackagesOutsideScopes(): void {
  const { prototype } = Module as unknown as { prototype: object };
  replace(prototype, "load", (load: (this: unknown, file: string) => void) => {
    return function (this: unknown, file: string) {
      const isPackage = /[\\/]node_modules[\\/]/.test(file);
      return isPackage ? inScope(undefined, () => load.call(this, file)) : load.call(this, file);
    };
  });
}
