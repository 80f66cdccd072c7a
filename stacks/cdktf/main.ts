import { App, DataResource, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

/** A network and the names of its zones. Only what is built into terraform. */
class Network extends TerraformStack {
  readonly id: DataResource;

  constructor(scope: Construct, name: string, zones: readonly string[]) {
    super(scope, name);
    this.id = new DataResource(this, 'network', { input: 'vpc-main' });
    for (const zone of zones) new DataResource(this, `zone-${zone}`, { input: zone });
    new TerraformOutput(this, 'network_id', { value: this.id.output });
  }
}

/** A cluster that is to come after the network. */
class Cluster extends TerraformStack {
  constructor(scope: Construct, name: string, network: Network) {
    super(scope, name);
    this.addDependency(network);
    new DataResource(this, 'cluster', { input: 'nodes-3' });
  }
}

const app = new App();
const network = new Network(app, 'network', ['a', 'b']);
new Cluster(app, 'cluster', network);
app.synth();
