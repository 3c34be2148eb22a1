#!/usr/bin/env python3
"""Puts an account into the IAM of a test server, or prints what is in it.

    iam.py URL put FILE     # FILE: what `aws iam get-account-authorization-details` prints
    iam.py URL show         # the same of the server, as the AWS CLI prints it
"""
import json
import os
import sys

import boto3

ACCESS = dict(region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
ANYONE = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


def put(iam, details):
    for policy in details.get("Policies", []):
        if ":aws:policy/" not in policy["Arn"]:
            version = next(one for one in policy["PolicyVersionList"] if one["IsDefaultVersion"])
            iam.create_policy(PolicyName=policy["PolicyName"], Path=policy.get("Path", "/"), PolicyDocument=json.dumps(version["Document"]))
    for group in details.get("GroupDetailList", []):
        name = group["GroupName"]
        iam.create_group(GroupName=name, Path=group.get("Path", "/"))
        for one in group.get("GroupPolicyList", []):
            iam.put_group_policy(GroupName=name, PolicyName=one["PolicyName"], PolicyDocument=json.dumps(one["PolicyDocument"]))
        for one in group.get("AttachedManagedPolicies", []):
            iam.attach_group_policy(GroupName=name, PolicyArn=one["PolicyArn"])
    for user in details.get("UserDetailList", []):
        name = user["UserName"]
        iam.create_user(UserName=name, Path=user.get("Path", "/"), Tags=user.get("Tags", []))
        for group in user.get("GroupList", []):
            iam.add_user_to_group(GroupName=group, UserName=name)
        for one in user.get("UserPolicyList", []):
            iam.put_user_policy(UserName=name, PolicyName=one["PolicyName"], PolicyDocument=json.dumps(one["PolicyDocument"]))
        for one in user.get("AttachedManagedPolicies", []):
            iam.attach_user_policy(UserName=name, PolicyArn=one["PolicyArn"])
    for role in details.get("RoleDetailList", []):
        name = role["RoleName"]
        iam.create_role(RoleName=name, Path=role.get("Path", "/"), AssumeRolePolicyDocument=ANYONE, Tags=role.get("Tags", []))
        for one in role.get("RolePolicyList", []):
            iam.put_role_policy(RoleName=name, PolicyName=one["PolicyName"], PolicyDocument=json.dumps(one["PolicyDocument"]))
        for one in role.get("AttachedManagedPolicies", []):
            iam.attach_role_policy(RoleName=name, PolicyArn=one["PolicyArn"])
        if role.get("PermissionsBoundary"):
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=role["PermissionsBoundary"]["PermissionsBoundaryArn"])


def show(iam):
    keys = ("UserDetailList", "RoleDetailList", "GroupDetailList", "Policies")
    merged = {key: [] for key in keys}
    for page in iam.get_paginator("get_account_authorization_details").paginate():
        for key in keys:
            merged[key] += page[key]
    print(json.dumps(merged, default=lambda time: time.isoformat()))


if __name__ == "__main__":
    iam = boto3.client("iam", endpoint_url=sys.argv[1], **ACCESS)
    if sys.argv[2] == "put":
        put(iam, json.load(open(sys.argv[3])))
    else:
        show(iam)
