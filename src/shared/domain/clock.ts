/** The only source of the present. Domain methods take the instant as an argument; services ask this. */
export interface Clock {
  now(): Date;
}
