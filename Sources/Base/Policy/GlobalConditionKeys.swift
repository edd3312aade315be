/// The condition keys that every service knows. Source: IAM User Guide, "AWS global condition context keys".
package enum GlobalConditionKeys {
    /// Families in lower case, as `PolicyRules.number` gets them. Those of tags (`aws:requesttag/team`) stand without the tag.
    package static let all: Set<String> = [
        "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:currenttime", "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc", "aws:epochtime", "aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent",
        "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principalorgid", "aws:principalorgpaths",
        "aws:principalservicename", "aws:principalservicenameslist", "aws:principaltag", "aws:principaltype", "aws:referer",
        "aws:requestedregion", "aws:requesttag", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:resourcetag",
        "aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:sourceidentity", "aws:sourceip", "aws:sourceorgid",
        "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:tagkeys",
        "aws:tokenissuetime", "aws:useragent", "aws:userid", "aws:username", "aws:viaawsservice", "aws:vpceaccount", "aws:vpceorgid",
        "aws:vpceorgpaths", "aws:vpcsourceip",
    ]
}
