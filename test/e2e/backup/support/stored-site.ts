import { BUCKET, READER } from '../../../support/s3-backups.ts';
import { S3Double, S3_OWNER } from '../../../support/s3-double.ts';
import { RestoreSite } from './restore-site.ts';

/** A site whose backup lies at an S3 server, of which its admin may do what a restore needs: list and read. */
export class StoredSite implements AsyncDisposable {
  readonly site: RestoreSite;
  readonly double: S3Double;
  /** Of the backup. */
  readonly id: string;

  private constructor(site: RestoreSite, double: S3Double, id: string) {
    this.site = site;
    this.double = double;
    this.id = id;
  }

  static async open(): Promise<StoredSite> {
    const double = await S3Double.start({ buckets: [BUCKET] });
    double.addUser(READER);
    const site = await RestoreSite.open();
    site.admin.useS3(double, S3_OWNER);
    const id = await site.backUp();
    site.admin.useS3(double, READER);
    return new StoredSite(site, double, id);
  }

  /** As it was when it was opened, whatever a test has done. */
  async tidy(): Promise<void> {
    this.double.heal();
    await this.site.tidy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.site[Symbol.asyncDispose]();
    await this.double.close();
  }
}
