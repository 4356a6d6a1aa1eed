/** The label of a parcel, as the workflow's own TypeScript: what a module participant looks like. */

export interface LabelInput {
  readonly address: {
    readonly name: string;
    readonly street: string;
    readonly postalCode: string;
    readonly city: string;
    readonly country: string;
  };
  readonly carrier: string;
  readonly trackingNumber: string;
}

/** Characters that fit on one line of the label. */
const WIDTH = 32;

/**
 * Lays the address out on the label's lines. A line that does not fit raises the error `label.too-long`, with the line
 * as its data: a shortened name or street would send the parcel to somebody else.
 */
export function format({ address, carrier, trackingNumber }: LabelInput): { lines: string[] } {
  const lines = [
    carrier.toUpperCase(),
    address.name,
    address.street,
    `${address.postalCode} ${address.city}`,
    address.country,
    `*${trackingNumber}*`,
  ];
  const tooLong = lines.find((line) => line.length > WIDTH);
  if (tooLong !== undefined) throw labelError(tooLong);
  return { lines };
}

function labelError(line: string): Error {
  const error = new Error(`"${line}" has ${line.length} characters; a line of the label holds ${WIDTH}.`);
  return Object.assign(error, { type: 'label.too-long', data: { line, width: WIDTH } });
}
