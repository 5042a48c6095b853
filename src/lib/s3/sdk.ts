/** AWS's SDK, as much of it as churn uses. The build makes a file of its own of it, which is read where a bucket is configured. */
// biome-ignore lint/performance/noBarrelFile: this is what is built
export {
  type _Object,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
export { HttpsProxyAgent } from "hpagent";
