variable "storage_gb" {
  type    = number
  default = 20
}

variable "admin_password" {
  type      = string
  sensitive = true
  default   = "only-for-the-demo"
}

module "label" {
  source = "../modules/label"
  name   = "database"
}

resource "terraform_data" "instance" {
  input = {
    name       = module.label.id
    storage_gb = var.storage_gb
    tags       = module.label.tags
  }
}

resource "terraform_data" "credentials" {
  input            = var.admin_password
  triggers_replace = [terraform_data.instance.id]
}

output "endpoint" {
  value = "${module.label.id}.internal:5432"
}
