// What every system serves and calls, as this project says it; workload.proto says the same for those that speak protobuf.

/** The small object of W1, W4 and W9. */
export interface Small {
  id: number;
  /** 16 characters. */
  name: string;
  /** Three short ones. */
  tags: string[];
  score: number;
}

export interface OrderLine {
  sku: string;
  title: string;
  quantity: number;
  unitPrice: number;
  gift: boolean;
}

export interface Address {
  street: string;
  city: string;
  postcode: string;
  country: string;
}

/** The order of W2: about 1 KB as JSON, with ten lines. */
export interface Order {
  id: number;
  state: "placed" | "paid" | "sent";
  customer: string;
  email: string;
  shipTo: Address;
  lines: OrderLine[];
  total: number;
  note?: string;
}

export interface Workload {
  echoSmall(value: Small): Promise<Small>;
  echoOrder(value: Order): Promise<Order>;
  echoBytes(value: Uint8Array): Promise<Uint8Array>;
  /** So many small objects, with ids from 0. */
  items(count: number): AsyncIterable<Small>;
  /** So many chunks of so many bytes each. */
  chunks(count: number, bytes: number): AsyncIterable<Uint8Array>;
}
