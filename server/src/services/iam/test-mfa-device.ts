import { CreateVirtualMFADeviceCommand, EnableMFADeviceCommand, type VirtualMFADevice } from '@aws-sdk/client-iam';
import { oneTimePassword, stepOf } from '../../access/authentication/one-time-passwords.ts';
import type { Caller } from './test-account.ts';

/** An authenticator app that has scanned the device's code. */
export interface TestMfaDevice {
  readonly SerialNumber: string;
  /** What it shows at a moment. */
  code(time: Date): string;
  /** What it shows in the step of a moment and in the one before. */
  codes(time: Date): { readonly AuthenticationCode1: string; readonly AuthenticationCode2: string };
}

const STEP_MS = 30_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
let sequence = 0;

/** The moment in the middle of a step, some steps after that of another moment. */
export function stepsAfter(time: Date, steps: number): Date {
  return new Date((stepOf(time) + steps) * STEP_MS + STEP_MS / 2);
}

export async function newMfaDevice(caller: Caller, deviceName?: string): Promise<TestMfaDevice> {
  sequence += 1;
  const VirtualMFADeviceName = deviceName ?? `device-${sequence}`;
  const { VirtualMFADevice } = await caller.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }));
  return authenticatorFor(VirtualMFADevice);
}

/** @param device as CreateVirtualMFADevice answers */
export function authenticatorFor(device: VirtualMFADevice | undefined): TestMfaDevice {
  const seed = fromBase32(Buffer.from(device?.Base32StringSeed ?? []).toString());
  const code = (time: Date) => oneTimePassword(seed, stepOf(time));
  return {
    SerialNumber: device?.SerialNumber ?? '',
    code,
    codes: (time) => ({ AuthenticationCode1: code(stepsAfter(time, -1)), AuthenticationCode2: code(time) }),
  };
}

/** A device of a user, enabled some time before `time`. */
export async function enabledMfaDevice(caller: Caller, UserName: string, time: Date): Promise<TestMfaDevice> {
  const device = await newMfaDevice(caller);
  const enabledAt = stepsAfter(time, -10);
  const input = { UserName, SerialNumber: device.SerialNumber, ...device.codes(enabledAt) };
  await caller.send(new EnableMFADeviceCommand(input), enabledAt);
  return device;
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (character) => BASE32.indexOf(character).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
